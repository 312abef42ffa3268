/** A sink without a disk that remembers what was asked of it, for tests and simulation. */

import { slotId, type Slot } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import { fingerprintOf } from "../core/key-format.ts";
import type { Clock, SecretSink, SinkEntry, Stage } from "../core/ports.ts";

const MAX_BYTES = 1024 * 1024;

export interface MemorySinkOptions {
  readonly clock: Clock;
  /** Default: true. A blind sink takes values and never gives one back. */
  readonly isReadable?: boolean;
}

export interface SinkOperation {
  readonly method: "read" | "write" | "remove" | "probe";
  readonly slot: string;
  readonly stage?: Stage;
}

export interface MemorySink extends SecretSink {
  /** Every call so far, oldest first. */
  readonly operations: readonly SinkOperation[];
  /** What lies there, whether or not the sink would say so. */
  peek(slot: Slot, stage?: Stage): SinkEntry | undefined;
}

export function createMemorySink({ clock, isReadable = true }: MemorySinkOptions): MemorySink {
  const entries = new Map<string, SinkEntry>();
  const operations: SinkOperation[] = [];
  const note = (method: SinkOperation["method"], slot: Slot, stage?: Stage): void => {
    operations.push({ method, slot: slotId(slot), ...(stage && { stage }) });
  };
  return {
    capabilities: { readable: isReadable, maxBytes: MAX_BYTES },
    operations,
    peek: (slot, stage = "current") => entries.get(placeOf(slot, stage)),
    async read(slot, stage) {
      note("read", slot, stage);
      if (!isReadable) throw blind();
      return entries.get(placeOf(slot, stage));
    },
    async write(slot, stage, secret, stamp, expected) {
      note("write", slot, stage);
      if (!isReadable && (stage === "pending" || typeof expected === "string")) throw blind();
      const bytes = Buffer.byteLength(secret.reveal());
      if (bytes === 0 || bytes > MAX_BYTES)
        throw new KeywrightError("SINK_UNUSABLE", "a value is empty or too long");
      const place = placeOf(slot, stage);
      if (expected !== undefined) refuseOther(entries.get(place), expected, place);
      entries.set(place, { secret, stamp: { ...stamp } });
      return {
        slot,
        generation: stamp.generation,
        fingerprint: stamp.fingerprint,
        at: clock.now().toISOString(),
      };
    },
    async remove(slot, stage) {
      note("remove", slot, stage);
      entries.delete(placeOf(slot, stage));
    },
    async probe(slot) {
      note("probe", slot);
    },
  };
}

const placeOf = (slot: Slot, stage: Stage): string => `${stage} ${slotId(slot)}`;

const blind = (): KeywrightError => new KeywrightError("SINK_UNUSABLE", "this memory sink cannot be read");

function refuseOther(found: SinkEntry | undefined, expected: string | null, place: string): void {
  if ((found ? fingerprintOf(found.secret) : null) === expected) return;
  throw new KeywrightError("SINK_CONFLICT", `${place} does not hold what was expected`);
}
