/** The work on one key name within a run, and what the ledger says of that name as the work goes on. */

import type { Slot } from "../core/desired.ts";
import { slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import type { KeyGroup } from "../core/key-group.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { SecretSink } from "../core/ports.ts";
import type { SlotReading } from "../core/slot-reading.ts";
import { announce, type EffectSubject, type Run } from "./effect.ts";

export interface KeyJob {
  readonly run: Run;
  readonly group: KeyGroup;
  /** As read before the run, by `slotId`: every slot that any key declares. */
  readonly slots: ReadonlyMap<string, SlotReading>;
  /** Ids of keys that this run has revoked. */
  readonly revoked: Set<string>;
  /** The newest record; replaced by every claim. */
  record: KeyRecord | undefined;
}

/**
 * Writes the name's record if nobody else did since it was read; throws LEDGER_CONFLICT otherwise. `upcoming`: the
 * effects that are announced by the same write.
 */
export async function claim(
  job: KeyJob,
  next: NextKeyRecord | null,
  upcoming: readonly EffectSubject[] = [],
): Promise<void> {
  const { ledger } = job.run.world;
  job.record = await announce(job.run, upcoming, (events) =>
    ledger.claim(job.group.name, ownVersion(job), next, events),
  );
}

/** After a rename the record still stands under the old name: under the new one there is none. */
const ownVersion = ({ group, record }: KeyJob): number => (record?.name === group.name ? record.version : 0);

/** The record as a basis for the next: without its version and name. */
export function recordBody({ record }: KeyJob): NextKeyRecord {
  return {
    retiring: record?.retiring ?? [],
    protected: record?.protected ?? false,
    ...(record?.current && { current: record.current }),
    ...(record?.intent && { intent: record.intent }),
    ...(record?.abandoned && { abandoned: record.abandoned }),
  };
}

/** A sink that is configured no longer is left as it is. */
export const readableSlots = ({ run }: KeyJob, slots: readonly Slot[]): readonly Slot[] =>
  slots.filter((slot) => run.world.sinks.get(slot.sink)?.capabilities.readable === true);

export function sinkOf({ run }: KeyJob, slot: Slot): SecretSink {
  const sink = run.world.sinks.get(slot.sink);
  if (sink) return sink;
  throw new KeywrightError("SINK_UNUSABLE", `no sink is named ${slot.sink} (${slotId(slot)})`, {
    hint: "declare it under sinks in keywright.yaml",
  });
}
