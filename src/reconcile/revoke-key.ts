/** Ends a key in the store, after a claim: a run that has been overtaken cannot revoke. */

import type { RevokeKey } from "../core/change.ts";
import type { CurrentKey } from "../core/key-record.ts";
import { effect } from "./effect.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import { removeValue } from "./update-key.ts";

export async function revokeKey(job: KeyJob, { key, reason }: RevokeKey): Promise<void> {
  if (job.record) await claim(job, recordBody(job));
  await effect(
    job.run,
    {
      effect: "revoke-key",
      kind: "ApiKey",
      name: job.group.name,
      operation: key.operation,
      target: key.id,
    },
    () => job.run.world.store.revoke({ kind: "ApiKey", id: key.id }),
  );
  if (!job.record) return;
  const { current, retiring, ...rest } = recordBody(job);
  const isCurrent = current?.operation === key.operation;
  if (isCurrent && reason === "removed") await emptySlots(job, current);
  const left = retiring.filter(({ operation }) => operation !== key.operation);
  const hasMore = left.length > 0 || (current !== undefined && !isCurrent);
  await claim(
    job,
    hasMore || reason !== "removed"
      ? { ...rest, retiring: left, ...(current && !isCurrent && { current }) }
      : null,
  );
}

/** A dead value helps nobody; what someone else put into the slot stays. */
async function emptySlots(
  job: KeyJob,
  { receipts, fingerprint, operation, generation }: CurrentKey,
): Promise<void> {
  const marker = { instance: job.run.instance, name: job.group.name, operation, generation };
  for (const { slot } of receipts) await removeValue(job, slot, fingerprint, { marker });
}
