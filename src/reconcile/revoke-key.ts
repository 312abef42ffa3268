/** Ends a key in the store, after a claim: a run that has been overtaken cannot revoke. */

import type { RevokeKey } from "../core/change.ts";
import type { CurrentKey, Intent } from "../core/key-record.ts";
import { unstageSecret } from "./deliver.ts";
import { effect, type EffectSubject } from "./effect.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import { leftSlots } from "./left-slots.ts";
import { removeValue } from "./remove-value.ts";

export async function revokeKey(job: KeyJob, { key, reason }: RevokeKey): Promise<void> {
  const ending = reason === "unminted" ? [] : [revocation(job, key)];
  if (job.record) await claim(job, recordBody(job), ending);
  // What is removed leaves its slots first: the record tells of them until the store has let the key go.
  const isRemoved = reason === "removed" || reason === "unminted";
  if (isRemoved) await emptySlots(job, key.operation);
  if (reason !== "unminted") await revokeInStore(job, key);
  if (job.record) await forget(job, key, isRemoved);
}

async function revokeInStore(job: KeyJob, key: RevokeKey["key"]): Promise<void> {
  await effect(job.run, revocation(job, key), () =>
    job.run.world.store.revoke({ kind: "ApiKey", id: key.id }),
  );
  job.revoked.add(key.id);
}

const revocation = ({ group }: KeyJob, { operation, id }: RevokeKey["key"]): EffectSubject => ({
  effect: "revoke-key",
  kind: "ApiKey",
  name: group.name,
  operation,
  target: id,
});

/** The record without the revoked key; no record when it was the last of a removed name. */
async function forget(job: KeyJob, { id }: RevokeKey["key"], isRemoved: boolean): Promise<void> {
  const { current, intent, retiring, ...rest } = recordBody(job);
  const left = new Set(
    job.group.live.filter(({ id }) => !job.revoked.has(id)).map(({ marker }) => marker.operation),
  );
  const others = retiring.filter((each) => left.has(each.operation));
  const kept = current?.id === id ? undefined : current;
  const isLast = isRemoved && !kept && others.length === 0;
  const open = isRemoved ? undefined : intent;
  await claim(
    job,
    isLast
      ? null
      : { ...rest, retiring: others, ...(kept && { current: kept }), ...(open && { intent: open }) },
  );
}

/** A dead value helps nobody; what someone else put into a slot stays. */
async function emptySlots(job: KeyJob, operation: string): Promise<void> {
  const { current, intent } = recordBody(job);
  if (intent) await emptyIntent(job, intent);
  if (current?.operation === operation) await emptyCurrent(job, current);
}

async function emptyIntent(job: KeyJob, intent: Intent): Promise<void> {
  await unstageSecret(job, leftSlots(job, intent), intent);
  const { fingerprint, slots, operation } = intent;
  // What a store minted is in no current slot before the ledger has its fingerprint.
  if (fingerprint === undefined) return;
  for (const slot of slots) await removeValue(job, slot, new Set([fingerprint]), operation);
}

async function emptyCurrent(job: KeyJob, { receipts, fingerprint, operation }: CurrentKey): Promise<void> {
  for (const receipt of receipts) {
    await removeValue(job, receipt.slot, new Set([fingerprint, receipt.fingerprint]), operation);
  }
}
