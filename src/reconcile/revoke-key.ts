/** Ends a key in the store, after a claim: a run that has been overtaken cannot revoke. */

import type { RevocationReason, RevokeKey } from "../core/change.ts";
import { slotId } from "../core/desired.ts";
import type { CurrentKey, Intent } from "../core/key-record.ts";
import { hasTail } from "../core/secret-tail.ts";
import { abandonedFingerprints, abandonedMint, abandonedMints } from "./abandon.ts";
import { unstageSecret } from "./deliver.ts";
import { effect, type EffectSubject } from "./effect.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import { leftSlots } from "./left-slots.ts";
import { removeValue } from "./remove-value.ts";

export async function revokeKey(job: KeyJob, { key, reason }: RevokeKey): Promise<void> {
  const ending = reason === "unminted" ? [] : [revocation(job, key)];
  // A leak is remembered even where the ledger knew nothing of the name.
  if (job.record || reason === "leaked") await claim(job, recordBody(job), ending);
  const isRemoved = isRemoval(reason);
  // What is removed leaves its slots first: the record tells of them until the store has let the key go.
  if (isRemoved) await emptySlots(job, key.operation);
  if (reason !== "unminted") await revokeInStore(job, key);
  // What is to end at once ends first.
  if (reason === "asked" || reason === "leaked") await emptySlotsOf(job, key);
  if (job.record) await forget(job, key, reason);
}

const isRemoval = (reason: RevocationReason): boolean => reason === "removed" || reason === "unminted";

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

/** The record without the revoked key; no record when it was the last of a name that is not declared. */
async function forget(
  job: KeyJob,
  { id, operation }: RevokeKey["key"],
  reason: RevocationReason,
): Promise<void> {
  const { current, intent, retiring, ...rest } = recordBody(job);
  const isDeclared = job.group.desired !== undefined;
  const left = new Set(
    job.group.live.filter(({ id }) => !job.revoked.has(id)).map(({ marker }) => marker.operation),
  );
  const others = retiring.filter((each) => left.has(each.operation));
  // The successor of a declared key counts on from it, also when that key was asked to end.
  const isMissed = reason === "asked" && isDeclared;
  const kept = current?.id === id && !isMissed ? undefined : current;
  const isAttempt = intent?.operation === operation;
  const open = isRemoval(reason) || isAttempt ? undefined : intent;
  const isLast = (isRemoval(reason) || (!isDeclared && !open)) && !kept && others.length === 0;
  const given = intent && isAttempt && !isRemoval(reason) ? [abandonedMint(job, intent, 0)] : [];
  const abandoned = given.length > 0 ? { abandoned: abandonedMints(job, given) } : {};
  const next = { ...rest, ...abandoned, retiring: others };
  await claim(
    job,
    isLast ? null : { ...next, ...(kept && { current: kept }), ...(open && { intent: open }) },
  );
}

/** A dead value helps nobody; what someone else put into a slot stays. */
async function emptySlots(job: KeyJob, operation: string): Promise<void> {
  const { current, intent } = recordBody(job);
  if (intent) await emptyIntent(job, intent);
  if (current?.operation === operation) await emptyCurrent(job, current);
}

/** The same for one key that ends at once, whatever else of its name lives on. */
async function emptySlotsOf(job: KeyJob, key: RevokeKey["key"]): Promise<void> {
  const { operation } = key;
  const { current, intent } = recordBody(job);
  if (intent?.operation === operation) await emptyIntent(job, intent);
  if (current?.operation === operation) await emptyCurrent(job, current);
  // What the ledger does not know is known by what its slots were found to hold.
  for (const slot of job.group.desired?.deliverTo ?? []) {
    const reading = job.slots.get(slotId(slot));
    if (reading?.type !== "value" || !hasTail(key, reading)) continue;
    await removeValue(job, slot, new Set([reading.fingerprint]), operation);
  }
}

async function emptyIntent(job: KeyJob, intent: Intent): Promise<void> {
  await unstageSecret(job, leftSlots(job, intent), intent);
  const { fingerprint, slots, operation } = intent;
  // What a store minted is in no current slot before the ledger has its fingerprint.
  if (fingerprint === undefined) return;
  const values = new Set([fingerprint, ...abandonedFingerprints(job)]);
  for (const slot of slots) await removeValue(job, slot, values, operation);
}

async function emptyCurrent(job: KeyJob, { receipts, fingerprint, operation }: CurrentKey): Promise<void> {
  for (const receipt of receipts) {
    await removeValue(job, receipt.slot, new Set([fingerprint, receipt.fingerprint]), operation);
  }
}
