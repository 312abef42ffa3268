/** The work on one key name within a run, and what the ledger says of that name as the work goes on. */

import type { Slot } from "../core/desired.ts";
import { slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import type { KeyGroup } from "../core/key-group.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LiveKey } from "../core/live.ts";
import type { SecretSink } from "../core/ports.ts";
import type { SlotReading } from "../core/slot-reading.ts";
import { announce, type EffectSubject, type Run } from "./effect.ts";

export interface KeyJob {
  readonly run: Run;
  readonly group: KeyGroup;
  /** The key that the manifest adopts, as long as it carries no marker of ours. */
  readonly adoptable?: LiveKey;
  /** Ids of keys that are listed without our marker. */
  readonly foreign: ReadonlySet<string>;
  /** As read before the run, by `slotId`: every slot that any key declares. */
  readonly slots: ReadonlyMap<string, SlotReading>;
  /** Operations that this run is told of: their secrets are in wrong hands. */
  readonly told: ReadonlySet<string>;
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

/** The record as a basis for the next: without its version and name, and with what this run knows of leaks. */
export function recordBody(job: KeyJob): NextKeyRecord {
  const { record } = job;
  const leaked = leakedKeys(job);
  return {
    retiring: record?.retiring ?? [],
    protected: record?.protected ?? false,
    ...(record?.current && { current: record.current }),
    ...(record?.intent && { intent: record.intent }),
    ...(record?.abandoned && { abandoned: record.abandoned }),
    ...(leaked.length > 0 && { leaked }),
  };
}

export const isLeaked = ({ record, told }: KeyJob, operation: string): boolean =>
  told.has(operation) || (record?.leaked?.includes(operation) ?? false);

/** Operations whose secrets are in wrong hands and which may still come to a live key. */
function leakedKeys(job: KeyJob): readonly string[] {
  const { group, record, revoked } = job;
  const live = group.live.filter(({ id }) => !revoked.has(id)).map(({ marker }) => marker.operation);
  const open = record?.intent ? [record.intent.operation] : [];
  return [...new Set([...live, ...open])].filter((operation) => isLeaked(job, operation));
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
