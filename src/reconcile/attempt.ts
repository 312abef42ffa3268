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
import { hasTail, tailOf } from "../core/secret-tail.ts";
import type { Secret } from "../core/secret.ts";
import { abandonedMint, abandonedMints, keysOf, mayBeInUse, reap, reaping } from "./abandon.ts";
import { type FoundValue, findValue } from "./find-value.ts";
import { claim, isLeaked, type KeyJob, recordBody } from "./key-job.ts";
import { isAsAsked } from "./refuse-other.ts";
import { upcomingEffects } from "./upcoming-effects.ts";

export interface Attempt {
  readonly intent: Intent;
  /** Absent where the store has yet to mint it. */
  readonly secret?: Secret;
  /** Set when an earlier run already registered the key. */
  readonly live?: OwnedKey;
  /** `slotId`s whose pending stage already holds the secret. */
  readonly staged: ReadonlySet<string>;
}

/** What an earlier run left. */
export interface EarlierAttempt {
  /** Whether a consumer may have read its secret. */
  readonly isDelivered: boolean;
  /** Absent when it is not to be taken up. */
  readonly attempt?: Attempt;
}

/**
 * An earlier run's attempt, if its secret is still to be found. One that nobody can have seen yet and that was
 * for something else than the manifest asks for now, or became something else, is not taken up, nor one whose secret is
 * in wrong hands.
 */
export async function findAttempt(job: KeyJob, desired: DesiredKey): Promise<EarlierAttempt> {
  const intent = job.record?.intent;
  if (!intent || isLeaked(job, intent.operation)) return { isDelivered: false };
  const found = await findValue(job, reachedSlots(job, desired), intent);
  const isDelivered = found?.delivered ?? false;
  if (!found || (!isDelivered && intent.request !== mintRequest(desired))) return { isDelivered };
  const live = registeredKey(job, intent, found);
  const isOfStore = job.run.world.store.capabilities.mint.by === "store";
  if (isOfStore && (!live || (!isDelivered && !isAsAsked(live, intent, desired)))) return { isDelivered };
  const { secret, staged } = found;
  return { isDelivered, attempt: { intent, secret, staged, ...(live && { live }) } };
}

/** Of several keys with one marker, the one that the secret belongs to. */
const registeredKey = (job: KeyJob, { operation }: Intent, { secret }: FoundValue): OwnedKey | undefined =>
  keysOf(job, operation).find((key) => hasTail(key, tailOf(secret)));

/** The slots of the manifest, and those that an earlier attempt may have written to. */
export function reachedSlots({ record }: KeyJob, { deliverTo }: DesiredKey): readonly Slot[] {
  const declared = new Set(deliverTo.map(slotId));
  return [...deliverTo, ...(record?.intent?.slots ?? []).filter((slot) => !declared.has(slotId(slot)))];
}

/** A fresh operation, claimed; then what an abandoned attempt left in the store is revoked, unless it may be in use. */
export async function beginAttempt(
  job: KeyJob,
  desired: DesiredKey,
  { isDelivered }: EarlierAttempt,
): Promise<Attempt> {
  const attempt = newAttempt(job, desired);
  const { intent } = attempt;
  const { intent: before, ...body } = recordBody(job);
  // The plan ends what leaked once this attempt serves: until then consumers may read it.
  const isToServe = before !== undefined && isLeaked(job, before.operation);
  const mayBeRead = before !== undefined && (isDelivered || mayBeInUse(job, intent.slots, before));
  const isInUse = mayBeRead && !isToServe;
  const overlapMs = isInUse ? desired.rotation.overlapMs : 0;
  const abandoned = abandonedMints(job, before ? [abandonedMint(job, before, overlapMs)] : []);
  const leftovers = before && !isToServe && !isInUse ? keysOf(job, before.operation) : [];
  const upcoming = [...leftovers.map((key) => reaping(job, key)), ...upcomingEffects(job, desired, attempt)];
  await claim(job, { ...body, intent, ...(abandoned.length > 0 && { abandoned }) }, upcoming);
  for (const key of leftovers) await reap(job, key);
  return attempt;
}

function newAttempt(job: KeyJob, desired: DesiredKey): Attempt {
  const { world, id } = job.run;
  const { mint } = world.store.capabilities;
  const secret = mint.by === "client" ? createKey(mint.format, world.random) : undefined;
  const { serial } = desired.rotation;
  const intent: Intent = {
    operation: createOperation(world.random),
    generation: nextGeneration(job),
    run: id,
    at: world.clock.now().toISOString(),
    slots: reachedSlots(job, desired),
    request: mintRequest(desired),
    ...(secret && { fingerprint: fingerprintOf(secret) }),
    ...(serial !== undefined && { serial }),
  };
  return { intent, staged: new Set(), ...(secret && { secret }) };
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
