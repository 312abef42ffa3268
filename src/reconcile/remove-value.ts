import type { Slot } from "../core/desired.ts";
import { fingerprintOf } from "../core/key-format.ts";
import { sinkEffect } from "./deliver.ts";
import type { KeyJob } from "./key-job.ts";

/**
 * Empties `slot` if it holds one of the values. Leaves alone what is not ours: another value, a sink that cannot
 * be read or is no longer configured.
 */
export async function removeValue(
  job: KeyJob,
  slot: Slot,
  fingerprints: ReadonlySet<string>,
  operation: string,
): Promise<void> {
  const sink = job.run.world.sinks.get(slot.sink);
  if (!sink?.capabilities.readable) return;
  const entry = await sink.read(slot, "current");
  if (!entry || !fingerprints.has(fingerprintOf(entry.secret))) return;
  await sinkEffect(job, "remove-secret", slot, { operation }, () => sink.remove(slot, "current"));
}
