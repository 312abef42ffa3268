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
  /** Default: false. Whether a blind sink tells which write a value comes from. */
  readonly isInspectable?: boolean;
}

export interface SinkOperation {
  readonly method: "read" | "inspect" | "write" | "remove" | "probe";
  readonly slot: string;
  readonly stage?: Stage;
}

export interface MemorySink extends SecretSink {
  /** Every call so far, oldest first. */
  readonly operations: readonly SinkOperation[];
  /** What lies there, whether or not the sink would say so. */
  peek(slot: Slot, stage?: Stage): SinkEntry | undefined;
}

interface Stored {
  readonly entry: SinkEntry;
  readonly version: string;
}

interface Memory {
  readonly clock: Clock;
  readonly isReadable: boolean;
  readonly isInspectable: boolean;
  readonly entries: Map<string, Stored>;
  readonly operations: SinkOperation[];
  writes: number;
}

export function createMemorySink(options: MemorySinkOptions): MemorySink {
  const { clock, isReadable = true, isInspectable = false } = options;
  const entries = new Map<string, Stored>();
  const operations: SinkOperation[] = [];
  const memory: Memory = { clock, isReadable, isInspectable, entries, operations, writes: 0 };
  return {
    capabilities: { readable: isReadable, inspectable: isInspectable, maxBytes: MAX_BYTES },
    operations,
    peek: (slot, stage = "current") => entries.get(placeOf(slot, stage))?.entry,
    ...readingOf(memory),
    ...writingOf(memory),
  };
}

const readingOf = ({ isReadable, isInspectable, entries, operations }: Memory): Reading => ({
  async read(slot, stage) {
    operations.push({ method: "read", slot: slotId(slot), stage });
    if (!isReadable) throw blind();
    return entries.get(placeOf(slot, stage))?.entry;
  },
  async inspect(slot) {
    operations.push({ method: "inspect", slot: slotId(slot) });
    if (!isInspectable) throw new KeywrightError("SINK_UNUSABLE", "this memory sink cannot be inspected");
    const found = entries.get(placeOf(slot, "current"));
    return found && { version: found.version };
  },
  async probe(slot) {
    operations.push({ method: "probe", slot: slotId(slot) });
  },
});

type Reading = Pick<SecretSink, "read" | "inspect" | "probe">;

const writingOf = (memory: Memory): Pick<SecretSink, "write" | "remove"> => ({
  async write(slot, stage, secret, stamp, expected) {
    const { clock, isReadable, isInspectable, entries, operations } = memory;
    operations.push({ method: "write", slot: slotId(slot), stage });
    if (!isReadable && (stage === "pending" || typeof expected === "string")) throw blind();
    const bytes = Buffer.byteLength(secret.reveal());
    if (bytes === 0 || bytes > MAX_BYTES)
      throw new KeywrightError("SINK_UNUSABLE", "a value is empty or too long");
    const place = placeOf(slot, stage);
    if (expected !== undefined) refuseOther(entries.get(place)?.entry, expected, place);
    memory.writes += 1;
    const version = `v${memory.writes}`;
    entries.set(place, { entry: { secret, stamp: { ...stamp } }, version });
    const { generation, fingerprint } = stamp;
    const receipt = { slot, generation, fingerprint, at: clock.now().toISOString() };
    return isInspectable ? { ...receipt, version } : receipt;
  },
  async remove(slot, stage) {
    memory.operations.push({ method: "remove", slot: slotId(slot), stage });
    memory.entries.delete(placeOf(slot, stage));
  },
});

const placeOf = (slot: Slot, stage: Stage): string => `${stage} ${slotId(slot)}`;

const blind = (): KeywrightError => new KeywrightError("SINK_UNUSABLE", "this memory sink cannot be read");

function refuseOther(found: SinkEntry | undefined, expected: string | null, place: string): void {
  if ((found ? fingerprintOf(found.secret) : null) === expected) return;
  throw new KeywrightError("SINK_CONFLICT", `${place} does not hold what was expected`);
}
