/**
 * The attempt to mint one key: begun with a claim in the ledger, or taken up where a dead run left it.
 * The claim comes before everything else, so that of two runs only one can mint and only one can revoke.
 */

import { type DesiredKey, type Slot, slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { createKey, fingerprintOf } from "../core/key-format.ts";
import { latestGeneration } from "../core/key-group.ts";
import type { Intent } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { mintRequest } from "../core/mint-request.ts";
import { createOperation } from "../core/operation.ts";
import type { Stamp } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { effect } from "./effect.ts";
import { findValue } from "./find-value.ts";
import { claim, type KeyJob, recordBody } from "./key-job.ts";
import { retiringAfter } from "./retiring.ts";

export interface Attempt {
  readonly intent: Intent;
  readonly secret: Secret;
  /** Set when an earlier run already registered the key. */
  readonly live?: OwnedKey;
  /** `slotId`s whose pending stage already holds the secret. */
  readonly staged: ReadonlySet<string>;
}

export const stampOf = (job: KeyJob, { intent }: Attempt): Stamp => ({
  key: job.group.name,
  operation: intent.operation,
  generation: intent.generation,
  fingerprint: intent.fingerprint,
});

/**
 * An earlier run's attempt, if its secret is still to be found. One that nobody can have seen yet and that was
 * for something else than the manifest asks for now is not taken up.
 */
export async function resumeAttempt(job: KeyJob, desired: DesiredKey): Promise<Attempt | undefined> {
  const intent = job.record?.intent;
  if (!intent) return undefined;
  const found = await findValue(job, reachedSlots(job, desired), intent.fingerprint);
  if (!found || (!found.delivered && intent.request !== mintRequest(desired))) return undefined;
  const live = abandonedKey(job);
  return { intent, secret: found.secret, staged: found.staged, ...(live && { live }) };
}

/** The slots of the manifest, and those that an earlier attempt may have written to. */
export function reachedSlots({ record }: KeyJob, { deliverTo }: DesiredKey): readonly Slot[] {
  const declared = new Set(deliverTo.map(slotId));
  return [...deliverTo, ...(record?.intent?.slots ?? []).filter((slot) => !declared.has(slotId(slot)))];
}

/** A fresh secret and operation, claimed; then what an abandoned attempt left in the store is revoked. */
export async function beginAttempt(job: KeyJob, desired: DesiredKey): Promise<Attempt> {
  const { world, id } = job.run;
  const generation = nextGeneration(job);
  const secret = createKey(world.store.capabilities.mint.format, world.random);
  const { serial } = desired.rotation;
  const slots = reachedSlots(job, desired);
  const intent: Intent = {
    operation: createOperation(world.random),
    generation,
    run: id,
    at: world.clock.now().toISOString(),
    fingerprint: fingerprintOf(secret),
    slots,
    request: mintRequest(desired),
    ...(serial !== undefined && { serial }),
  };
  const abandoned = abandonedKey(job);
  const overlapMs = slots.some((slot) => isBlind(job, slot)) ? desired.rotation.overlapMs : 0;
  const retiring = abandoned ? [retiringAfter(job, abandoned, overlapMs)] : [];
  await claim(job, { ...recordBody(job), intent, retiring: [...recordBody(job).retiring, ...retiring] });
  if (abandoned && overlapMs === 0) await reap(job, abandoned);
  return { intent, secret, staged: new Set() };
}

/** Markers carry nine digits: a key with a longer one would be nobody's. */
const LAST_GENERATION = 999_999_999;

function nextGeneration({ group, record }: KeyJob): number {
  const next = latestGeneration({ live: group.live, ...(record && { record }) }) + 1;
  if (next <= LAST_GENERATION) return next;
  throw new KeywrightError("STORE_CONFLICT", `the marker of ${group.name} has come to its last generation`, {
    hint: "somebody set it by hand: correct the label keywright/generation in the store",
  });
}

const abandonedKey = ({ record, group }: KeyJob): OwnedKey | undefined =>
  group.live.find((key) => key.marker.operation === record?.intent?.operation);

/** Only what cannot be read can hold a value that was not found: then somebody may use it. */
const isBlind = ({ run }: KeyJob, slot: Slot): boolean =>
  run.world.sinks.get(slot.sink)?.capabilities.readable !== true;

/** Nobody has the secret of `key`: it goes at once. */
async function reap(job: KeyJob, key: OwnedKey): Promise<void> {
  const { operation } = key.marker;
  await effect(
    job.run,
    { effect: "revoke-key", kind: "ApiKey", name: job.group.name, operation, target: key.id },
    () => job.run.world.store.revoke({ kind: "ApiKey", id: key.id }),
  );
  job.reaped.add(operation);
}
