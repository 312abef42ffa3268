/** Changes a key in place: what the store shows of it, its name, its protection, and where its value lies. */

import type { FieldChange, UpdateKey } from "../core/change.ts";
import { type Slot, slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import { recordedOf } from "../core/key-group.ts";
import { isScopeField } from "../core/key-scope.ts";
import type { CurrentKey, NextKeyRecord, Receipt } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { hasTail, tailOf } from "../core/secret-tail.ts";
import type { Secret } from "../core/secret.ts";
import { adopted } from "./adopt.ts";
import { expectedOf, sinkEffect } from "./deliver.ts";
import { effect } from "./effect.ts";
import { claim, type KeyJob, recordBody, sinkOf } from "./key-job.ts";
import { removeValue } from "./remove-value.ts";
import { redated, undatedKeys } from "./retiring.ts";
import { slotSubject } from "./upcoming-effects.ts";

export async function updateKey(job: KeyJob, change: UpdateKey): Promise<void> {
  const current = job.group.live.find(({ id }) => id === change.current.id);
  if (!current) throw new KeywrightError("STORE_CONFLICT", `key ${change.current.id} is gone from the store`);
  if (change.renamedFrom !== undefined) await renameOthers(job, current);
  if (change.fields.some(isStored)) await updateStore(job, change, current);
  const recorded = await moveValue(job, change, current);
  const isUnrecorded = job.record === undefined && recorded === undefined && !change.desired.protected;
  if (!isUnrecorded) await claim(job, nextRecord(job, change, current, recorded));
  if (change.renamedFrom !== undefined) await dropOldRecord(job, change.renamedFrom);
}

const nextRecord = (
  job: KeyJob,
  { desired }: UpdateKey,
  current: OwnedKey,
  recorded: CurrentKey | undefined,
): NextKeyRecord => ({
  ...recordBody(job),
  retiring: [...redated(job, desired), ...(recorded ? undatedKeys(job, current, desired) : [])],
  protected: desired.protected,
  ...(recorded && { current: recorded }),
});

const STORED = new Set(["name", "displayName", "description", "owner", "labels", "roles"]);

const isStored = ({ field }: FieldChange): boolean => STORED.has(field) || isScopeField(field);

/** Roles and scope only where the change says so: beside a rotation they are the new key's, and may not be approved. */
const updateStore = (job: KeyJob, { desired, fields }: UpdateKey, key: OwnedKey): Promise<void> =>
  updateEffect(job, key, () =>
    job.run.world.store.update({
      kind: "ApiKey",
      id: key.id,
      marker: { ...key.marker, name: job.group.name },
      displayName: desired.displayName,
      description: desired.description,
      labels: desired.labels,
      roles: fields.some(({ field }) => field === "roles") ? desired.roles : key.roles,
      securityLevel: key.securityLevel,
      ...(desired.owner !== undefined && { owner: desired.owner }),
      ...(desired.scope && fields.some(({ field }) => isScopeField(field)) && { scope: desired.scope }),
    }),
  );

/** Keys in their overlap keep all but the name in their marker. */
async function renameOthers(job: KeyJob, current: OwnedKey): Promise<void> {
  const { name, live } = job.group;
  for (const key of live.filter((each) => each !== current && each.marker.name !== name)) {
    const { scope: _, ...rest } = key;
    await updateEffect(job, key, () =>
      job.run.world.store.update({ ...rest, marker: { ...key.marker, name } }),
    );
  }
}

const updateEffect = (job: KeyJob, key: OwnedKey, act: () => Promise<void>): Promise<void> =>
  effect(
    job.run,
    {
      effect: "update-key",
      kind: "ApiKey",
      name: job.group.name,
      operation: key.marker.operation,
      target: key.id,
    },
    act,
  );

async function dropOldRecord(job: KeyJob, oldName: string): Promise<void> {
  const { ledger } = job.run.world;
  const old = (await ledger.records()).get(oldName);
  if (old) await ledger.claim(oldName, old.version, null);
}

/** Copies the value into new slots and takes it out of old ones; gives what the ledger is to remember of it. */
async function moveValue(job: KeyJob, change: UpdateKey, current: OwnedKey): Promise<CurrentKey | undefined> {
  const { desired, copyTo, removeFrom } = change;
  const recorded = recordedOf(job.group, current);
  if (copyTo.length === 0 && removeFrom.length === 0) return recorded;
  const value = copyTo.length > 0 ? await readCurrent(job, desired.deliverTo, current, recorded) : undefined;
  const seen = value && { fingerprint: fingerprintOf(value), last4: tailOf(value).last4 };
  const known = recorded ?? (seen && adopted(job, current, desired, seen));
  if (!known) return recorded;
  if (value) await beginCopies(job, change, current, known);
  const receipts = value ? await copy(job, copyTo, value, current) : [];
  for (const slot of removeFrom) {
    const receipt = known.receipts.find((each) => slotId(each.slot) === slotId(slot));
    const values = new Set([known.fingerprint, receipt?.fingerprint ?? known.fingerprint]);
    await removeValue(job, slot, values, current.marker.operation);
  }
  const replaced = new Set([...copyTo, ...removeFrom].map(slotId));
  const kept = known.receipts.filter(({ slot }) => !replaced.has(slotId(slot)));
  return { ...known, receipts: [...kept, ...receipts] };
}

/**
 * What a sink cannot be asked later, the ledger must know before: when this run dies between a copy and its receipt, the
 * value there would be taken for one of strangers.
 */
async function beginCopies(
  job: KeyJob,
  change: UpdateKey,
  current: OwnedKey,
  known: CurrentKey,
): Promise<void> {
  const had = new Set(known.receipts.map(({ slot }) => slotId(slot)));
  const unseen = change.copyTo.filter(
    (slot) => !sinkOf(job, slot).capabilities.readable && !had.has(slotId(slot)),
  );
  if (unseen.length === 0) return;
  const { generation, fingerprint } = known;
  const at = job.run.world.clock.now().toISOString();
  const begun = unseen.map((slot) => ({ slot, generation, fingerprint, at, isBegun: true }) as const);
  await claim(
    job,
    nextRecord(job, change, current, { ...known, receipts: [...known.receipts, ...begun] }),
    change.copyTo.map((slot) => slotSubject(job, "deliver-secret", { intent: current.marker }, slot)),
  );
}

async function readCurrent(
  job: KeyJob,
  slots: readonly Slot[],
  current: OwnedKey,
  recorded: CurrentKey | undefined,
): Promise<Secret> {
  for (const slot of slots.filter((each) => job.slots.get(slotId(each))?.type === "value")) {
    const secret = (await sinkOf(job, slot).read(slot, "current"))?.secret;
    if (secret && isValueOf(secret, current, recorded)) return secret;
  }
  throw new KeywrightError("SINK_CONFLICT", `no sink holds the current value of ${job.group.name} any more`, {
    hint: "plan again: the next plan rotates the key",
  });
}

const isValueOf = (secret: Secret, current: OwnedKey, recorded: CurrentKey | undefined): boolean =>
  recorded ? fingerprintOf(secret) === recorded.fingerprint : hasTail(current, tailOf(secret));

async function copy(
  job: KeyJob,
  slots: readonly Slot[],
  secret: Secret,
  { marker: { operation, generation } }: OwnedKey,
): Promise<readonly Receipt[]> {
  const stamp = { key: job.group.name, operation, generation, fingerprint: fingerprintOf(secret) };
  const receipts: Receipt[] = [];
  for (const slot of slots) {
    receipts.push(
      await sinkEffect(job, "deliver-secret", slot, stamp, (sink) =>
        sink.write(slot, "current", secret, stamp, expectedOf(job.slots.get(slotId(slot)))),
      ),
    );
  }
  return receipts;
}
