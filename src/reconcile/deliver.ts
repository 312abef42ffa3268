/** Moves a secret into its slots: first where no consumer looks, then where they do. */

import { type Slot, slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import type { Effect } from "../core/ledger-event.ts";
import type { Receipt } from "../core/key-record.ts";
import type { Stamp } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import type { SlotReading } from "../core/slot-reading.ts";
import { effect } from "./effect.ts";
import { type KeyJob, readableSlots, sinkOf } from "./key-job.ts";

/** Refuses early what is bound to fail late: nothing is minted for a sink that cannot take it. */
export async function probeSlots(job: KeyJob, slots: readonly Slot[]): Promise<void> {
  for (const slot of slots) await sinkOf(job, slot).probe(slot);
}

/** Writes the pending stage of every readable slot that has not got it yet. */
export async function stageSecret(
  job: KeyJob,
  slots: readonly Slot[],
  secret: Secret,
  stamp: Stamp,
  staged: ReadonlySet<string>,
): Promise<void> {
  for (const slot of readableSlots(job, slots).filter((each) => !staged.has(slotId(each)))) {
    await sinkEffect(job, "stage-secret", slot, stamp, (sink) => sink.write(slot, "pending", secret, stamp));
  }
}

/** Makes the secret every slot's current value; only over what was there when the plan was made. */
export async function deliverSecret(
  job: KeyJob,
  slots: readonly Slot[],
  secret: Secret,
  stamp: Stamp,
): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  for (const slot of slots) {
    const expected = expectedOf(job.slots.get(slotId(slot)));
    if (expected === undefined) await refuseOvertaken(job);
    receipts.push(
      await sinkEffect(job, "deliver-secret", slot, stamp, (sink) =>
        sink.write(slot, "current", secret, stamp, expected),
      ),
    );
  }
  return receipts;
}

/**
 * Where a sink cannot compare what it holds, nothing else stops a run that was overtaken from delivering over its
 * successor: it looks at the last moment.
 */
async function refuseOvertaken({ run, group, record }: KeyJob): Promise<void> {
  const found = (await run.world.ledger.records()).get(record?.name ?? group.name);
  if (found?.version === record?.version) return;
  throw new KeywrightError(
    "LEDGER_CONFLICT",
    `another run took ${group.name} over before this one delivered`,
    {
      hint: "its value was not delivered; plan and apply again",
    },
  );
}

/** What `write` is to find: nothing else is replaced. */
export function expectedOf(reading: SlotReading | undefined): string | null | undefined {
  if (reading?.type === "empty") return null;
  return reading?.type === "value" ? reading.fingerprint : undefined;
}

export async function unstageSecret(
  job: KeyJob,
  slots: readonly Slot[],
  stamp: Pick<Stamp, "operation">,
): Promise<void> {
  for (const slot of readableSlots(job, slots)) {
    await sinkEffect(job, "unstage-secret", slot, stamp, (sink) => sink.remove(slot, "pending"));
  }
}

export const sinkEffect = <T>(
  job: KeyJob,
  name: Effect,
  slot: Slot,
  { operation }: Pick<Stamp, "operation">,
  act: (sink: ReturnType<typeof sinkOf>) => Promise<T>,
): Promise<T> =>
  effect(
    job.run,
    { effect: name, kind: "ApiKey", name: job.group.name, operation, target: slotId(slot) },
    () => act(sinkOf(job, slot)),
  );
