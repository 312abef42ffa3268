/**
 * The attempt to mint one key: begun with a claim in the ledger, or taken up where a dead run left it.
 * The claim comes before everything else, so that of two runs only one can mint and only one can revoke.
 */

import type { DesiredKey, Slot } from "../core/desired.ts";
import { hasDesiredExpiry } from "../core/expiry.ts";
import { createKey, fingerprintOf } from "../core/key-format.ts";
import { latestGeneration } from "../core/key-group.ts";
import type { Intent, RetiringKey } from "../core/key-record.ts";
import type { OwnedKey } from "../core/live.ts";
import { createOperation } from "../core/operation.ts";
import type { Stamp } from "../core/ports.ts";
import { renderRoles } from "../core/role-ref.ts";
import type { Secret } from "../core/secret.ts";
import { effect } from "./effect.ts";
import { findValue } from "./find-value.ts";
import { claim, type KeyJob, recordBody, sinkOf } from "./key-job.ts";

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
 * An earlier run's attempt, if its secret is still to be found. A key that nobody can have seen yet and that
 * no longer is what the manifest asks for is not taken up.
 */
export async function resumeAttempt(job: KeyJob, desired: DesiredKey): Promise<Attempt | undefined> {
  const intent = job.record?.intent;
  if (!intent) return undefined;
  const found = await findValue(job, desired.deliverTo, intent.fingerprint);
  if (!found) return undefined;
  const live = job.group.live.find((key) => key.marker.operation === intent.operation);
  if (live && !found.delivered && !isAsDesired(live, desired)) return undefined;
  return { intent, secret: found.secret, staged: found.staged, ...(live && { live }) };
}

const isAsDesired = (live: OwnedKey, desired: DesiredKey): boolean =>
  renderRoles(live.roles).join() === renderRoles(desired.roles).join() &&
  live.securityLevel === desired.securityLevel &&
  hasDesiredExpiry(desired.expires, live, undefined);

/** A fresh secret and operation, claimed; then what an abandoned attempt left in the store is revoked. */
export async function beginAttempt(job: KeyJob, desired: DesiredKey): Promise<Attempt> {
  const { world, id } = job.run;
  const secret = createKey(world.store.capabilities.mint.format, world.random);
  const intent: Intent = {
    operation: createOperation(world.random),
    generation: latestGeneration({ live: job.group.live, ...(job.record && { record: job.record }) }) + 1,
    run: id,
    at: world.clock.now().toISOString(),
    fingerprint: fingerprintOf(secret),
  };
  const abandoned = abandonedKey(job);
  const mayBeInUse = abandoned && mayHaveReached(job, desired.deliverTo);
  await claim(job, {
    ...recordBody(job),
    intent,
    retiring: [
      ...recordBody(job).retiring,
      ...(mayBeInUse ? [retiringAfterOverlap(job, abandoned, desired)] : []),
    ],
  });
  if (abandoned && !mayBeInUse) await reap(job, abandoned);
  return { intent, secret, staged: new Set() };
}

const abandonedKey = ({ record, group }: KeyJob): OwnedKey | undefined =>
  group.live.find((key) => key.marker.operation === record?.intent?.operation);

/** Only a sink that cannot be read can hold a value that was not found. */
const mayHaveReached = (job: KeyJob, slots: readonly Slot[]): boolean =>
  slots.some((slot) => !sinkOf(job, slot).capabilities.readable);

export function retiringAfterOverlap(job: KeyJob, key: OwnedKey, desired: DesiredKey): RetiringKey {
  const retireAt = job.run.world.clock.now().getTime() + desired.rotation.overlapMs;
  return { operation: key.marker.operation, id: key.id, retireAt: new Date(retireAt).toISOString() };
}

const reap = (job: KeyJob, key: OwnedKey): Promise<void> =>
  effect(
    job.run,
    {
      effect: "revoke-key",
      kind: "ApiKey",
      name: job.group.name,
      operation: key.marker.operation,
      target: key.id,
    },
    () => job.run.world.store.revoke({ kind: "ApiKey", id: key.id }),
  );
