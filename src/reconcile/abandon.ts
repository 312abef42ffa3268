/** What becomes of an attempt whose secret is not to be found: its key, and all that may yet come of it, is revoked. */

import type { AbandonedMint, Intent } from "../core/key-record.ts";
import { LATE_CREATE_MS } from "../core/late-create.ts";
import type { OwnedKey } from "../core/live.ts";
import type { Slot } from "../core/desired.ts";
import { effect, type EffectSubject } from "./effect.ts";
import { type KeyJob, recordBody } from "./key-job.ts";

/** All attempts that were given up and may still come to something, `also` among them. */
export function abandonedMints(job: KeyJob, also: readonly AbandonedMint[] = []): readonly AbandonedMint[] {
  const now = job.run.world.clock.now().getTime();
  const live = new Set(job.group.live.map(({ marker }) => marker.operation));
  const kept = (recordBody(job).abandoned ?? []).filter(
    ({ operation, revokeAt }) => live.has(operation) || Date.parse(revokeAt) + LATE_CREATE_MS > now,
  );
  return [...kept, ...also];
}

/** `overlapMs`: how long somebody may still be using the secret. */
export function abandonedMint(
  job: KeyJob,
  { operation, generation, fingerprint }: Intent,
  overlapMs: number,
): AbandonedMint {
  const revokeAt = new Date(job.run.world.clock.now().getTime() + overlapMs).toISOString();
  return {
    operation,
    generation,
    revokeAt,
    ...(overlapMs > 0 && { mayBeRead: true }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

/** Of values that attempts which were given up may have left in slots. */
export const abandonedFingerprints = (job: KeyJob): readonly string[] =>
  (recordBody(job).abandoned ?? []).flatMap(({ fingerprint }) => fingerprint ?? []);

/** The live keys of the attempt: several where the store carried its create out more than once. */
export const keysOf = ({ group }: KeyJob, operation: string): readonly OwnedKey[] =>
  group.live.filter(({ marker }) => marker.operation === operation);

/** Whether somebody may have read the secret although it was not found: only what cannot be read can hold it. */
export const mayBeInUse = (job: KeyJob, slots: readonly Slot[], { fingerprint }: Intent): boolean =>
  fingerprint !== undefined && slots.some((slot) => isBlind(job, slot));

const isBlind = ({ run }: KeyJob, slot: Slot): boolean =>
  run.world.sinks.get(slot.sink)?.capabilities.readable !== true;

export const reaping = ({ group }: KeyJob, { id, marker }: OwnedKey): EffectSubject => ({
  effect: "revoke-key",
  kind: "ApiKey",
  name: group.name,
  operation: marker.operation,
  target: id,
});

/** Nobody has the secret of `key`: it goes at once. */
export async function reap(job: KeyJob, key: OwnedKey): Promise<void> {
  await effect(job.run, reaping(job, key), () => job.run.world.store.revoke({ kind: "ApiKey", id: key.id }));
}
