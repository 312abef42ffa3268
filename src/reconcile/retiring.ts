/** When replaced keys end. */

import { type DesiredKey, slotId } from "../core/desired.ts";
import type { RetiringKey } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { hasTail } from "../core/secret-tail.ts";
import { isLeaked, type KeyJob, recordBody } from "./key-job.ts";

/** Without overlap where its secret is in wrong hands. */
export function retiringAfter(job: KeyJob, key: OwnedKey, overlapMs: number): RetiringKey {
  const { operation } = key.marker;
  const endMs = job.run.world.clock.now().getTime() + (isLeaked(job, operation) ? 0 : overlapMs);
  const known = [job.record?.current, ...(job.record?.retiring ?? [])];
  const fingerprint = known.find((each) => each?.operation === operation)?.fingerprint;
  return {
    operation,
    id: key.id,
    retireAt: new Date(endMs).toISOString(),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/**
 * The dates as recorded; but a replaced key whose value stood in a slot until now may have been read a moment ago,
 * so its overlap begins anew.
 */
export const redated = (job: KeyJob, desired: DesiredKey): readonly RetiringKey[] =>
  recordBody(job).retiring.map((each) => {
    const key = job.group.live.find(({ marker }) => marker.operation === each.operation);
    return key && isFound(job, desired, key) ? retiringAfter(job, key, desired.rotation.overlapMs) : each;
  });

/** Whether a slot held the key's value when the run read it. */
export const isFound = ({ slots }: KeyJob, { deliverTo }: DesiredKey, key: OwnedKey): boolean =>
  deliverTo.some((slot) => {
    const reading = slots.get(slotId(slot));
    return reading?.type === "value" && hasTail(key, reading);
  });

/** Where the ledger knew of no current key, every other key that was in use gets a whole overlap from now on. */
export function undatedKeys(job: KeyJob, current: OwnedKey, desired: DesiredKey): readonly RetiringKey[] {
  if (job.record?.current) return [];
  const { retiring, abandoned = [] } = recordBody(job);
  const dated = new Set([...retiring, ...abandoned].map(({ operation }) => operation));
  return job.group.live
    .filter((key) => key !== current && key.status !== "pending" && !dated.has(key.marker.operation))
    .map((key) => retiringAfter(job, key, desired.rotation.overlapMs));
}
