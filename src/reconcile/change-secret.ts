/**
 * Carries out changes of secrets. A store has no place for a marker on them, so the ledger says whose they are: before a
 * create it notes the tag that is about to be ours, and after it the id that is.
 */

import type { CreateSecret, RevokeSecret, SecretChange, UpdateSecret } from "../core/change.ts";
import { type DesiredSecret, slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { type KeyRecord, type NextKeyRecord, secretRecordName } from "../core/key-record.ts";
import type { Minted } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { announce, effect, type EffectSubject, type Run } from "./effect.ts";
import { isUnknown } from "./is-unknown.ts";
import { fingerprintValue } from "./value-fingerprint.ts";

/** `record`: what the ledger said when the plan was made. */
export function changeSecret(run: Run, change: SecretChange, record: KeyRecord | undefined): Promise<void> {
  const job: SecretJob = { run, record };
  switch (change.action) {
    case "create":
      return createSecret(job, change);
    case "update":
      return updateSecret(job, change);
    case "revoke":
      return revokeSecret(job, change);
  }
}

interface SecretJob {
  readonly run: Run;
  record: KeyRecord | undefined;
}

async function createSecret(job: SecretJob, { name, desired }: CreateSecret): Promise<void> {
  const { world, id: run } = job.run;
  const { tag, displayName } = desired;
  const value = await readValue(job.run, desired);
  const subject = { effect: "create-secret", kind: "Secret", name, target: tag } as const;
  const at = world.clock.now().toISOString();
  const before = bodyOf(job.record);
  await claim(job, name, { ...EMPTY, secretIntent: { tag, displayName, run, at } }, [subject]);
  const request = { kind: "Secret", tag, displayName, value } as const;
  const made = await effect(job.run, subject, () => world.store.create(request)).catch(
    async (error: unknown) => {
      // What certainly was not made must not be taken for ours when somebody else makes it; what an earlier run began may be.
      if (!isUnknown(error)) await claim(job, name, before).catch(() => undefined);
      throw error;
    },
  );
  await claimReceipt(job, name, idOf(made, tag), value);
}

function idOf({ id }: Minted, tag: string): string {
  if (id !== undefined) return id;
  throw new KeywrightError("STORE_CONTRACT", `the store made the secret ${tag} and did not name it`);
}

async function updateSecret(job: SecretJob, { name, desired, current, fields }: UpdateSecret): Promise<void> {
  const isChanged = (name: string): boolean => fields.some(({ field }) => field === name);
  const value = isChanged("value") ? await readValue(job.run, desired) : undefined;
  const isRenamed = isChanged("displayName");
  const { id } = current;
  await effect(job.run, { effect: "update-secret", kind: "Secret", name, target: id }, () =>
    job.run.world.store.update({
      kind: "Secret",
      id,
      ...(isRenamed && { displayName: desired.displayName }),
      ...(value && { value }),
    }),
  );
  if (value) await claimReceipt(job, name, id, value);
}

async function revokeSecret(job: SecretJob, { name, secret: { id } }: RevokeSecret): Promise<void> {
  await effect(job.run, { effect: "revoke-secret", kind: "Secret", name, target: id }, () =>
    job.run.world.store.revoke({ kind: "Secret", id }),
  );
  if (job.record) await claim(job, name, null);
}

/** As it is now: a key may have put it there a moment ago. */
async function readValue({ world }: Run, { name, valueFrom }: DesiredSecret): Promise<Secret> {
  const entry = await world.sinks.get(valueFrom.sink)?.read(valueFrom, "current");
  if (entry) return entry.secret;
  throw new KeywrightError(
    "SINK_CONFLICT",
    `${slotId(valueFrom)} is empty now, and ${name} takes its value from there`,
    {
      hint: "see what took the value away, then plan again",
    },
  );
}

function bodyOf(record: KeyRecord | undefined): NextKeyRecord | null {
  if (!record) return null;
  const { name: _name, version: _version, ...body } = record;
  return body;
}

const EMPTY: NextKeyRecord = { retiring: [], protected: false };

async function claimReceipt(job: SecretJob, name: string, id: string, value: Secret): Promise<void> {
  const { random, clock, fingerprintLogN } = job.run.world;
  const fingerprint = await fingerprintValue(value, random, fingerprintLogN);
  await claim(job, name, { ...EMPTY, secret: { id, fingerprint, at: clock.now().toISOString() } });
}

async function claim(
  job: SecretJob,
  name: string,
  next: NextKeyRecord | null,
  upcoming: readonly EffectSubject[] = [],
): Promise<void> {
  const version = job.record?.version ?? 0;
  job.record = await announce(job.run, upcoming, (events) =>
    job.run.world.ledger.claim(secretRecordName(name), version, next, events),
  );
}
