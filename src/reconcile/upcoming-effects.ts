/** The chain of effects that one attempt is about to have, so that the ledger hears of it in one write. */

import { type DesiredKey, type Slot, slotId } from "../core/desired.ts";
import type { Intent } from "../core/key-record.ts";
import type { Effect } from "../core/ledger-event.ts";
import type { Attempt } from "./attempt.ts";
import type { EffectSubject } from "./effect.ts";
import { type KeyJob, readableSlots } from "./key-job.ts";
import { leftSlots } from "./left-slots.ts";

/** All up to the promotion; where the store mints, up to the moment when the secret is known and staged. */
export function upcomingEffects(
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
): readonly EffectSubject[] {
  const isByClient = job.run.world.store.capabilities.mint.by === "client";
  const create = attempt.live ? [] : [keySubject(job, "create-key", attempt)];
  const stage = unstaged(job, desired, attempt);
  return isByClient
    ? [...stage, ...create, ...deliveryEffects(job, desired, attempt)]
    : [...create, ...stage];
}

/** From the verification on. */
export const deliveryEffects = (
  job: KeyJob,
  desired: DesiredKey,
  attempt: Attempt,
): readonly EffectSubject[] => [
  keySubject(job, "verify-key", attempt),
  ...desired.deliverTo.map((slot) => slotSubject(job, "deliver-secret", attempt, slot)),
  ...readableSlots(job, stagedSlots(job, desired, attempt)).map((slot) =>
    slotSubject(job, "unstage-secret", attempt, slot),
  ),
];

/** Every slot whose pending stage may hold the secret of the attempt or of those before it. */
export const stagedSlots = (job: KeyJob, { deliverTo }: DesiredKey, { intent }: Attempt): readonly Slot[] => [
  ...deliverTo,
  ...leftSlots(job, intent),
];

const unstaged = (job: KeyJob, { deliverTo }: DesiredKey, attempt: Attempt): readonly EffectSubject[] =>
  readableSlots(job, deliverTo)
    .filter((slot) => !attempt.staged.has(slotId(slot)))
    .map((slot) => slotSubject(job, "stage-secret", attempt, slot));

interface Begun {
  readonly intent: Pick<Intent, "operation">;
}

export const keySubject = (
  { group }: KeyJob,
  effect: Effect,
  { intent: { operation } }: Begun,
): EffectSubject => ({ effect, kind: "ApiKey", name: group.name, operation });

export const slotSubject = (job: KeyJob, effect: Effect, attempt: Begun, slot: Slot): EffectSubject => ({
  ...keySubject(job, effect, attempt),
  target: slotId(slot),
});
