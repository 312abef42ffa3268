/** What every secret sink keeps to. A new sink calls it once, with a way to open one that is empty. */

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Slot } from "../../src/core/desired.ts";
import { isKeywrightError, type ErrorCode } from "../../src/core/error.ts";
import { createKey, fingerprintOf } from "../../src/core/key-format.ts";
import type { Receipt } from "../../src/core/key-record.ts";
import type { SecretSink, Stamp } from "../../src/core/ports.ts";
import { Secret } from "../../src/core/secret.ts";

export interface SinkUnderTest {
  readonly sink: SecretSink;
  /** A slot of its own for every name of lower-case letters and digits. */
  slot(name: string): Slot;
  /** Lets the sink's clock move on, where its versions are times. */
  readonly tick?: () => void;
  close(): Promise<void>;
}

let seed = 0;

/** A new value of the shape that keys have. */
export function aSecret(): Secret {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => (seed = (seed * 73 + 41) % 251));
  seed += 1;
  return createKey({ prefix: "kw", environment: "test" }, { bytes });
}

export const aStamp = (secret: Secret, generation = 1): Stamp => ({
  key: "scanner",
  operation: "7f3a9c2bq4vd",
  generation,
  fingerprint: fingerprintOf(secret),
});

export const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | "resolved" | "foreign"> =>
  work.then(
    () => "resolved",
    (error: unknown) => (isKeywrightError(error) ? error.code : "foreign"),
  );

/**
 * Whether a sink is expected to give values back, or at least to tell of them: of each write (`inspectable`), or only
 * that something is there (`present`).
 */
export type SinkKind = "readable" | "inspectable" | "present" | "blind";

export function sinkContract(name: string, kind: SinkKind, open: () => Promise<SinkUnderTest>): void {
  const bench = new Bench();
  beforeEach(async () => bench.setUp(await open()));
  afterEach(() => bench.under.close());
  anySink(name, kind, bench);
  if (kind === "readable") readableSink(name, bench);
  else blindSink(name, bench);
  if (kind === "inspectable" || kind === "present") presentSink(name, bench);
  else uninspectableSink(name, bench);
  if (kind === "inspectable") inspectableSink(name, bench);
}

/** The sink of the running test, empty at its start. */
class Bench {
  #under: SinkUnderTest | undefined;

  setUp(under: SinkUnderTest): void {
    this.#under = under;
  }

  get under(): SinkUnderTest {
    if (!this.#under) throw new Error("no test is running");
    return this.#under;
  }

  get sink(): SecretSink {
    return this.under.sink;
  }

  get slot(): Slot {
    return this.slotOf("scanner");
  }

  slotOf(name: string): Slot {
    return this.under.slot(name);
  }

  put(secret: Secret, expected?: string | null, at = this.slot): Promise<Receipt> {
    return this.sink.write(at, "current", secret, aStamp(secret), expected);
  }

  async held(at = this.slot): Promise<string | undefined> {
    return (await this.sink.read(at, "current"))?.secret.reveal();
  }
}

function anySink(name: string, kind: SinkKind, bench: Bench): void {
  test(`${name}: it says whether it can be read, and whether it can be inspected`, () => {
    const { readable, inspectable } = bench.sink.capabilities;
    expect({ readable, inspectable }).toEqual({
      readable: kind === "readable",
      inspectable: kind === "inspectable" || kind === "present",
    });
  });

  test(`${name}: a write is answered with a receipt for this value`, async () => {
    const secret = aSecret();
    const receipt = await bench.sink.write(bench.slot, "current", secret, aStamp(secret, 3));
    expect(receipt).toMatchObject({ slot: bench.slot, generation: 3, fingerprint: fingerprintOf(secret) });
    expect(new Date(receipt.at).toISOString()).toBe(receipt.at);
  });

  test(`${name}: removing is idempotent, also where nothing ever was`, async () => {
    await bench.sink.remove(bench.slot, "current");
    await bench.sink.remove(bench.slot, "pending");
    await bench.put(aSecret());
    await bench.sink.remove(bench.slot, "current");
    expect(await codeOf(bench.sink.remove(bench.slot, "current"))).toBe("resolved");
  });

  test(`${name}: a slot that can be written passes the probe, before and after`, async () => {
    await bench.sink.probe(bench.slot);
    await bench.put(aSecret());
    expect(await codeOf(bench.sink.probe(bench.slot))).toBe("resolved");
  });

  test(`${name}: a value beyond the limit is refused without quoting it`, async () => {
    const long = Secret.of("s3cr3t-".repeat(Math.ceil((bench.sink.capabilities.maxBytes + 1) / 7)));
    const error = await bench.put(long).catch((fault: unknown) => fault);
    expect(isKeywrightError(error, "SINK_UNUSABLE")).toBe(true);
    expect(String(error)).not.toContain("s3cr3t");
  });
}

function blindSink(name: string, bench: Bench): void {
  test(`${name}: a blind sink gives nothing back and holds nothing pending`, async () => {
    const secret = aSecret();
    await bench.put(secret);
    expect(await codeOf(bench.sink.read(bench.slot, "current"))).toBe("SINK_UNUSABLE");
    expect(await codeOf(bench.sink.read(bench.slot, "pending"))).toBe("SINK_UNUSABLE");
    expect(await codeOf(bench.sink.write(bench.slot, "pending", secret, aStamp(secret)))).toBe(
      "SINK_UNUSABLE",
    );
    expect(await codeOf(bench.put(aSecret(), fingerprintOf(secret)))).toBe("SINK_UNUSABLE");
  });
}

function uninspectableSink(name: string, bench: Bench): void {
  test(`${name}: where nothing can be inspected, that is said`, async () => {
    await bench.put(aSecret());
    expect(await codeOf(bench.sink.inspect(bench.slot))).toBe("SINK_UNUSABLE");
  });
}

function presentSink(name: string, bench: Bench): void {
  test(`${name}: an inspection finds nothing in a slot that was never written or was emptied`, async () => {
    expect(await bench.sink.inspect(bench.slot)).toBeUndefined();
    await bench.put(aSecret());
    expect(await bench.sink.inspect(bench.slot)).toBeDefined();
    await bench.sink.remove(bench.slot, "current");
    expect(await bench.sink.inspect(bench.slot)).toBeUndefined();
  });

  test(`${name}: a write that expects an empty slot is refused where an inspection finds something`, async () => {
    await bench.put(aSecret(), null);
    const found = await bench.sink.inspect(bench.slot);
    expect(await codeOf(bench.put(aSecret(), null))).toBe("SINK_CONFLICT");
    expect(await bench.sink.inspect(bench.slot)).toEqual(found);
  });

  test(`${name}: an inspection changes nothing and tells nothing of the value`, async () => {
    const secret = aSecret();
    await bench.put(secret);
    const found = JSON.stringify(await bench.sink.inspect(bench.slot));
    expect(found).not.toContain(secret.reveal());
    expect(found).not.toContain(fingerprintOf(secret));
  });

  test(`${name}: removing one slot leaves the others`, async () => {
    const other = bench.slotOf("other");
    await bench.put(aSecret(), undefined, other);
    await bench.put(aSecret());
    await bench.sink.remove(bench.slot, "current");
    expect(await bench.sink.inspect(other)).toBeDefined();
  });

  test(`${name}: of many writes at once that expect an empty slot, one succeeds`, async () => {
    const codes = await Promise.all(
      [aSecret(), aSecret(), aSecret()].map((each) => codeOf(bench.put(each, null))),
    );
    expect(codes.toSorted()).toEqual(["SINK_CONFLICT", "SINK_CONFLICT", "resolved"]);
  });
}

function inspectableSink(name: string, bench: Bench): void {
  const versionOf = async (at = bench.slot): Promise<string | undefined> =>
    (await bench.sink.inspect(at))?.version;

  test(`${name}: the receipt has the version that an inspection finds, as often as one looks`, async () => {
    const { version } = await bench.put(aSecret());
    expect(version).toEqual(expect.any(String));
    expect([await versionOf(), await versionOf()]).toEqual([version, version]);
  });

  test(`${name}: every write gives another version, also one of the same value, or after a removal`, async () => {
    const secret = aSecret();
    const first = await bench.put(secret);
    bench.under.tick?.();
    const second = await bench.put(secret);
    bench.under.tick?.();
    await bench.sink.remove(bench.slot, "current");
    const third = await bench.put(secret);
    expect(new Set([first.version, second.version, third.version]).size).toBe(3);
    expect(await versionOf()).toBe(third.version);
  });

  test(`${name}: a write to one slot leaves the version of another`, async () => {
    const [other, { version }] = [bench.slotOf("other"), await bench.put(aSecret())];
    await bench.put(aSecret(), undefined, other);
    expect(await versionOf()).toBe(version);
  });
}

function readableSink(name: string, bench: Bench): void {
  test(`${name}: an empty slot reads as nothing`, async () => {
    expect(await bench.sink.read(bench.slot, "current")).toBeUndefined();
    expect(await bench.sink.read(bench.slot, "pending")).toBeUndefined();
  });

  test(`${name}: what was written is read back exactly`, async () => {
    for (const text of ["kw_test_abc", 'with space # and = and $HOME and "quotes"', "ümläut ✓"]) {
      await bench.put(Secret.of(text));
      expect(await bench.held()).toBe(text);
    }
  });

  test(`${name}: a probe leaves nothing behind`, async () => {
    await bench.sink.probe(bench.slot);
    expect(await bench.sink.read(bench.slot, "current")).toBeUndefined();
  });

  test(`${name}: a pending value stands beside the current one and carries its stamp`, async () => {
    const [current, pending] = [aSecret(), aSecret()];
    await bench.put(current);
    await bench.sink.write(bench.slot, "pending", pending, aStamp(pending, 2));
    const entry = await bench.sink.read(bench.slot, "pending");
    expect(entry?.secret.reveal()).toBe(pending.reveal());
    expect(entry?.stamp).toEqual(aStamp(pending, 2));
    expect(await bench.held()).toBe(current.reveal());
    await bench.sink.remove(bench.slot, "pending");
    expect(await bench.sink.read(bench.slot, "pending")).toBeUndefined();
    expect(await bench.held()).toBe(current.reveal());
  });

  test(`${name}: a write that expects an empty slot changes no filled one`, async () => {
    const first = aSecret();
    await bench.put(first, null);
    expect(await codeOf(bench.put(aSecret(), null))).toBe("SINK_CONFLICT");
    expect(await bench.held()).toBe(first.reveal());
  });

  test(`${name}: a write that expects a value changes nothing when another stands there, or none`, async () => {
    const [first, second] = [aSecret(), aSecret()];
    expect(await codeOf(bench.put(second, fingerprintOf(first)))).toBe("SINK_CONFLICT");
    expect(await bench.held()).toBeUndefined();
    await bench.put(first);
    expect(await codeOf(bench.put(second, fingerprintOf(second)))).toBe("SINK_CONFLICT");
    expect(await bench.held()).toBe(first.reveal());
    await bench.put(second, fingerprintOf(first));
    expect(await bench.held()).toBe(second.reveal());
  });

  test(`${name}: an expectation about the pending value looks at the pending value`, async () => {
    const [current, pending] = [aSecret(), aSecret()];
    await bench.put(current);
    await bench.sink.write(bench.slot, "pending", pending, aStamp(pending), null);
    expect(await codeOf(bench.sink.write(bench.slot, "pending", current, aStamp(current), null))).toBe(
      "SINK_CONFLICT",
    );
    await bench.sink.write(bench.slot, "pending", current, aStamp(current), fingerprintOf(pending));
    expect((await bench.sink.read(bench.slot, "pending"))?.secret.reveal()).toBe(current.reveal());
  });

  test(`${name}: of many writes at once that expect the same, one succeeds`, async () => {
    const secrets = Array.from({ length: 8 }, aSecret);
    const codes = await Promise.all(secrets.map((secret) => codeOf(bench.put(secret, null))));
    expect(codes.filter((code) => code === "SINK_CONFLICT")).toHaveLength(7);
    expect(await bench.held()).toBe(secrets[codes.indexOf("resolved")]?.reveal());
  });

  test(`${name}: many slots written at once all have their value`, async () => {
    const all = Array.from({ length: 20 }, (_, index) => ({
      at: bench.slotOf(`s${index}`),
      secret: aSecret(),
    }));
    await Promise.all(all.map(({ at, secret }) => bench.put(secret, null, at)));
    for (const { at, secret } of all) expect(await bench.held(at)).toBe(secret.reveal());
  });

  test(`${name}: removing one slot leaves the others`, async () => {
    const [other, secret] = [bench.slotOf("other"), aSecret()];
    await bench.put(secret, null, other);
    await bench.put(aSecret());
    await bench.sink.remove(bench.slot, "current");
    expect(await bench.held()).toBeUndefined();
    expect(await bench.held(other)).toBe(secret.reveal());
  });
}
