/**
 * What every ledger keeps to. A new one calls `ledgerContract` once, with a way to open one history several times; and
 * `leaseExpiryContract` when its leases run out by the clock, or else `lostLeaseContract`.
 */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isKeywrightError, type ErrorCode } from "../../src/core/error.ts";
import type { NextKeyRecord } from "../../src/core/key-record.ts";
import type { EffectIntent, LedgerEvent } from "../../src/core/ledger-event.ts";
import type { LeaseHolder, Ledger } from "../../src/core/ports.ts";

export interface LedgerUnderTest {
  /** A further opening of the same history, as another process would have it. */
  open(): Ledger | Promise<Ledger>;
  close(): Promise<void>;
}

export interface ExpiringLedgerUnderTest extends LedgerUnderTest {
  /** Moves the clock that all openings go by; until then it stands still. */
  advance(ms: number): void | Promise<void>;
}

export interface LosableLedgerUnderTest extends LedgerUnderTest {
  /** From then on another opening may take the lease that is held. */
  lose(): void | Promise<void>;
}

const AT = "2026-11-21T08:15:00.000Z";

export const anEvent = (name: string, run = "run-1"): EffectIntent => ({
  type: "intent",
  run,
  at: AT,
  effect: "create-key",
  kind: "ApiKey",
  name,
});

export const aRecord = (operation: string): NextKeyRecord => ({
  intent: {
    operation,
    generation: 1,
    run: "run-1",
    at: AT,
    fingerprint: "0123456789abcdef",
    slots: [],
    request: "sha256:0",
  },
  retiring: [],
  protected: false,
});

const aHolder = (run: string): LeaseHolder => ({ run, description: `somebody at ${run}` });

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | "resolved" | "foreign"> =>
  work.then(
    () => "resolved",
    (error: unknown) => (isKeywrightError(error) ? error.code : "foreign"),
  );

export async function eventsOf(ledger: Ledger): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const event of ledger.events()) events.push(event);
  return events;
}

export function ledgerContract(name: string, start: () => Promise<LedgerUnderTest>): void {
  let under: LedgerUnderTest;
  let ledger: Ledger;
  let other: Ledger;

  beforeEach(async () => {
    under = await start();
    ledger = await under.open();
    other = await under.open();
  });
  afterEach(async () => {
    await ledger.close();
    await other.close();
    await under.close();
  });

  test(`${name}: a new ledger is empty`, async () => {
    expect((await ledger.records()).size).toBe(0);
    expect(await eventsOf(ledger)).toEqual([]);
  });

  test(`${name}: each claim counts the record's version up and gives the record back`, async () => {
    const first = await ledger.claim("scanner", 0, aRecord("a"));
    expect(first).toEqual({ ...aRecord("a"), name: "scanner", version: 1 });
    const second = await ledger.claim("scanner", 1, aRecord("b"));
    expect(second).toEqual({ ...aRecord("b"), name: "scanner", version: 2 });
    expect((await ledger.records()).get("scanner")).toEqual(second);
  });

  test(`${name}: a claim on another version than the record has is a conflict and changes nothing`, async () => {
    expect(await codeOf(ledger.claim("scanner", 1, aRecord("a")))).toBe("LEDGER_CONFLICT");
    await ledger.claim("scanner", 0, aRecord("a"));
    for (const expected of [0, 2]) {
      expect(await codeOf(ledger.claim("scanner", expected, aRecord("b")))).toBe("LEDGER_CONFLICT");
      expect(await codeOf(ledger.claim("scanner", expected, null))).toBe("LEDGER_CONFLICT");
    }
    expect((await ledger.records()).get("scanner")).toEqual({ ...aRecord("a"), name: "scanner", version: 1 });
  });

  test(`${name}: of many claims at once on one version, one is granted`, async () => {
    const claims = Array.from({ length: 12 }, (_, index) =>
      codeOf((index % 2 ? ledger : other).claim("scanner", 0, aRecord(`op-${index}`))),
    );
    const codes = await Promise.all(claims);
    expect(codes.filter((code) => code === "LEDGER_CONFLICT")).toHaveLength(11);
    const winner = codes.indexOf("resolved");
    expect((await ledger.records()).get("scanner")?.intent?.operation).toBe(`op-${winner}`);
  });

  test(`${name}: one refused claim does not take its neighbours down`, async () => {
    const codes = await Promise.all([
      codeOf(ledger.claim("a", 0, aRecord("a"))),
      codeOf(ledger.claim("b", 7, aRecord("b"))),
      codeOf(ledger.append(anEvent("c"))),
    ]);
    expect(codes).toEqual(["resolved", "LEDGER_CONFLICT", "resolved"]);
  });

  test(`${name}: a removed record is gone, and its successor never has an old version`, async () => {
    await ledger.claim("scanner", 0, aRecord("a"));
    expect(await ledger.claim("scanner", 1, null)).toBeUndefined();
    expect((await ledger.records()).has("scanner")).toBe(false);
    expect(await ledger.claim("scanner", 0, null)).toBeUndefined();
    const again = await ledger.claim("scanner", 0, aRecord("b"));
    expect(again?.version).toBeGreaterThan(1);
    expect(await codeOf(other.claim("scanner", 1, aRecord("late")))).toBe("LEDGER_CONFLICT");
  });

  test(`${name}: what one opening writes, another sees at once`, async () => {
    expect((await other.records()).size).toBe(0);
    await ledger.claim("scanner", 0, aRecord("a"));
    expect((await other.records()).get("scanner")?.version).toBe(1);
    expect((await other.claim("scanner", 1, aRecord("b")))?.version).toBe(2);
    expect((await ledger.records()).get("scanner")?.version).toBe(2);
  });

  test(`${name}: the map of records is a picture: later claims do not change it`, async () => {
    await ledger.claim("scanner", 0, aRecord("a"));
    const before = await ledger.records();
    await ledger.claim("scanner", 1, null);
    expect(before.has("scanner")).toBe(true);
  });

  test(`${name}: any name is just a name`, async () => {
    for (const odd of ["__proto__", "constructor", "line\nbreak\u2028", ""]) {
      await ledger.claim(odd, 0, aRecord("a"));
      expect((await other.records()).get(odd)?.name).toBe(odd);
    }
  });

  test(`${name}: events come back as they were, oldest first, and claims are none of them`, async () => {
    const events = Array.from({ length: 5 }, (_, index) => anEvent(`key-${index}\n\u001b[31m\u2028`));
    for (const event of events) await ledger.append(event);
    await ledger.claim("scanner", 0, aRecord("a"));
    expect(await eventsOf(ledger)).toEqual(events);
    expect(await eventsOf(other)).toEqual(events);
  });

  test(`${name}: appends from two openings at once are all kept, each side's in its order`, async () => {
    const names = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    await Promise.all(
      names.flatMap((key) => [ledger.append(anEvent(key, "a")), other.append(anEvent(key, "b"))]),
    );
    const events = (await eventsOf(ledger)) as EffectIntent[];
    for (const run of ["a", "b"]) {
      expect(events.filter((event) => event.run === run).map((event) => event.name)).toEqual(names);
    }
  });

  test(`${name}: several events are appended together, in their order`, async () => {
    const names = Array.from({ length: 10 }, (_, index) => String(index));
    await Promise.all(
      names.flatMap((key) => [
        ledger.append(anEvent(key, "a"), anEvent(key, "b")),
        other.append(anEvent(key, "c"), anEvent(key, "d")),
      ]),
    );
    await ledger.append();
    const events = (await eventsOf(other)) as EffectIntent[];
    expect(events.map(({ run }) => run).join("")).toMatch(/^(ab|cd){20}$/);
    for (const run of ["a", "b", "c", "d"]) {
      expect(events.filter((event) => event.run === run).map((event) => event.name)).toEqual(names);
    }
  });

  test(`${name}: a claim brings its events with it; a refused one none`, async () => {
    await ledger.claim("scanner", 0, aRecord("a"), [anEvent("one"), anEvent("two")]);
    expect(await eventsOf(other)).toEqual([anEvent("one"), anEvent("two")]);
    expect(await codeOf(other.claim("scanner", 0, aRecord("b"), [anEvent("three")]))).toBe("LEDGER_CONFLICT");
    expect(await eventsOf(ledger)).toEqual([anEvent("one"), anEvent("two")]);
    await other.claim("scanner", 1, null, [anEvent("four")]);
    expect(await other.claim("scanner", 0, null, [anEvent("five")])).toBeUndefined();
    expect((await eventsOf(ledger)).slice(2)).toEqual([anEvent("four"), anEvent("five")]);
  });

  test(`${name}: of many claims at once, the events of the granted one are kept and of no other`, async () => {
    const claims = Array.from({ length: 12 }, (_, index) =>
      codeOf((index % 2 ? ledger : other).claim("scanner", 0, aRecord("a"), [anEvent(`op-${index}`)])),
    );
    const winner = (await Promise.all(claims)).indexOf("resolved");
    expect(await eventsOf(ledger)).toEqual([anEvent(`op-${winner}`)]);
  });

  test(`${name}: notes stand before the write that they join, in their order`, async () => {
    ledger.note(anEvent("one"));
    ledger.note(anEvent("two"));
    await ledger.append(anEvent("three"));
    ledger.note(anEvent("four"));
    await ledger.claim("scanner", 0, aRecord("a"), [anEvent("five")]);
    const names = ((await eventsOf(other)) as EffectIntent[]).map((event) => event.name);
    expect(names).toEqual(["one", "two", "three", "four", "five"]);
  });

  test(`${name}: a refused claim loses no note`, async () => {
    ledger.note(anEvent("one"));
    expect(await codeOf(ledger.claim("scanner", 1, aRecord("a"), [anEvent("two")]))).toBe("LEDGER_CONFLICT");
    await ledger.append(anEvent("three"));
    expect(await eventsOf(other)).toEqual([anEvent("one"), anEvent("three")]);
  });

  test(`${name}: an append of nothing writes the notes, and without any writes nothing`, async () => {
    await ledger.append();
    expect(await eventsOf(other)).toEqual([]);
    ledger.note(anEvent("one"));
    await ledger.append();
    await ledger.append();
    expect(await eventsOf(other)).toEqual([anEvent("one")]);
  });

  test(`${name}: notes are written when the lease is given back, and when the ledger is closed`, async () => {
    const lease = await ledger.lease(aHolder("run-1"), 0);
    ledger.note(anEvent("one"));
    await lease.release();
    expect(await eventsOf(other)).toEqual([anEvent("one")]);
    await ledger.lease(aHolder("run-2"), 0);
    ledger.note(anEvent("two"));
    await ledger.close();
    expect(await eventsOf(other)).toEqual([anEvent("one"), anEvent("two")]);
    expect(() => ledger.note(anEvent("late"))).toThrow(/closed/);
  });

  test(`${name}: a ledger without a lease writes its notes when it is closed`, async () => {
    ledger.note(anEvent("one"));
    await ledger.close();
    expect(await eventsOf(other)).toEqual([anEvent("one")]);
  });

  test(`${name}: who waits for the lease can be called off`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    const stop = new AbortController();
    const waiting = codeOf(other.lease(aHolder("run-2"), 60_000, stop.signal));
    stop.abort();
    expect(await waiting).toBe("INTERRUPTED");
  });

  test(`${name}: closing twice is fine`, async () => {
    await ledger.append(anEvent("one"));
    await ledger.close();
    expect(await codeOf(ledger.close())).toBe("resolved");
  });

  test(`${name}: a lease is held by one, and the refusal names the holder`, async () => {
    const lease = await ledger.lease(aHolder("run-1"), 0);
    const refusal = await other.lease(aHolder("run-2"), 0).catch((error: unknown) => error);
    expect(isKeywrightError(refusal, "LEASE_HELD")).toBe(true);
    expect(String(refusal)).toContain("run-1");
    expect(String(refusal)).toContain("somebody at run-1");
    expect(await codeOf(ledger.lease(aHolder("run-3"), 0))).toBe("LEASE_HELD");
    expect(lease.lost.aborted).toBe(false);
  });

  test(`${name}: who waits gets the lease when it is given back, with a higher fence`, async () => {
    const first = await ledger.lease(aHolder("run-1"), 0);
    const waiting = other.lease(aHolder("run-2"), 10_000);
    await first.release();
    const second = await waiting;
    expect(second.fence).toBeGreaterThan(first.fence);
    await first.release();
    expect(await codeOf(ledger.lease(aHolder("run-3"), 0))).toBe("LEASE_HELD");
  });

  test(`${name}: closing gives the lease back`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await ledger.close();
    expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("resolved");
  });

  test(`${name}: the holder of the lease can write`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await ledger.append(anEvent("scanner"));
    expect(await eventsOf(other)).toEqual([anEvent("scanner")]);
  });

  test(`${name}: a closed ledger refuses to be used`, async () => {
    await ledger.close();
    expect(await codeOf(ledger.records())).toBe("LEDGER_UNUSABLE");
    expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEDGER_UNUSABLE");
    expect(await codeOf(ledger.claim("late", 0, aRecord("a")))).toBe("LEDGER_UNUSABLE");
    expect(await codeOf(ledger.lease(aHolder("late"), 0))).toBe("LEDGER_UNUSABLE");
    expect(await codeOf(eventsOf(ledger))).toBe("LEDGER_UNUSABLE");
  });
}

/** What becomes of an opening whose lease another took. `leaseExpiryContract` has it in it. */
export function lostLeaseContract(name: string, start: () => Promise<LosableLedgerUnderTest>): void {
  let under: LosableLedgerUnderTest;
  let ledger: Ledger;
  let other: Ledger;

  beforeEach(async () => {
    under = await start();
    ledger = await under.open();
    other = await under.open();
  });
  afterEach(async () => {
    await ledger.close();
    await other.close();
    await under.close();
  });

  test(`${name}: an opening that lost its lease gets no other, not even when the successor has let go`, async () => {
    const first = await ledger.lease(aHolder("run-1"), 0);
    await under.lose();
    const second = await other.lease(aHolder("run-2"), 0);
    expect(await codeOf(ledger.lease(aHolder("run-3"), 0))).toBe("LEASE_LOST");
    expect(first.lost.aborted).toBe(true);
    await second.release();
    expect(await codeOf(ledger.lease(aHolder("run-3"), 0))).toBe("LEASE_LOST");
    expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEASE_LOST");
    expect(await eventsOf(other)).toEqual([]);
  });

  for (const isNoted of [false, true]) {
    test(`${name}: an opening that lost its lease stays so when it lets go${isNoted ? ", and loses its notes" : ""}`, async () => {
      const first = await ledger.lease(aHolder("run-1"), 0);
      if (isNoted) ledger.note(anEvent("noted"));
      await under.lose();
      await (await other.lease(aHolder("run-2"), 0)).release();
      await first.release();
      await first.release();
      expect(first.lost.aborted).toBe(true);
      expect(await codeOf(ledger.lease(aHolder("run-3"), 0))).toBe("LEASE_LOST");
      expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEASE_LOST");
      expect(await codeOf(ledger.claim("late", 0, aRecord("a")))).toBe("LEASE_LOST");
      await ledger.close();
      expect(await eventsOf(other)).toEqual([]);
    });
  }

  test(`${name}: an opening that lost its lease can read, and a new one can do everything`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await under.lose();
    await (await other.lease(aHolder("run-2"), 0)).release();
    await other.claim("scanner", 0, aRecord("a"), [anEvent("scanner")]);
    expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEASE_LOST");
    expect((await ledger.records()).get("scanner")?.version).toBe(1);
    expect(await eventsOf(ledger)).toEqual([anEvent("scanner")]);
    await ledger.close();
    const anew = await under.open();
    expect(await codeOf(anew.lease(aHolder("run-3"), 0))).toBe("resolved");
    expect(await codeOf(anew.append(anEvent("more")))).toBe("resolved");
    await anew.close();
  });
}

const MINUTE_MS = 60_000;
/** A lease runs for ten minutes from its holder's last write, and a margin for clocks that differ. */
const STILL_HELD_MS = 9 * MINUTE_MS;
const RUN_OUT_MS = 20 * MINUTE_MS;

/** For ledgers whose leases run out by the clock: what fences a holder that was overtaken. */
export function leaseExpiryContract(name: string, start: () => Promise<ExpiringLedgerUnderTest>): void {
  describe("when a lease is lost", () => {
    lostLeaseContract(name, async () => {
      const expiring = await start();
      return { ...expiring, lose: () => expiring.advance(RUN_OUT_MS) };
    });
  });
  describe("when leases run out", () => {
    expiryTests(name, start);
  });
}

function expiryTests(name: string, start: () => Promise<ExpiringLedgerUnderTest>): void {
  let under: ExpiringLedgerUnderTest;
  let ledger: Ledger;
  let other: Ledger;

  beforeEach(async () => {
    under = await start();
    ledger = await under.open();
    other = await under.open();
  });
  afterEach(async () => {
    await ledger.close();
    await other.close();
    await under.close();
  });

  test(`${name}: a lease that has run out may be taken, with a higher fence`, async () => {
    const first = await ledger.lease(aHolder("run-1"), 0);
    await under.advance(STILL_HELD_MS);
    expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("LEASE_HELD");
    await under.advance(RUN_OUT_MS - STILL_HELD_MS);
    const second = await other.lease(aHolder("run-2"), 0);
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(second.lost.aborted).toBe(false);
  });

  test(`${name}: an opening gets no second lease beside its own, though that has run out`, async () => {
    const lease = await ledger.lease(aHolder("run-1"), 0);
    await under.advance(RUN_OUT_MS);
    expect(await codeOf(ledger.lease(aHolder("run-2"), 0))).toBe("LEASE_HELD");
    await ledger.append(anEvent("a"));
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    expect(await codeOf(ledger.lease(aHolder("run-2"), 0))).toBe("resolved");
  });

  test(`${name}: the refusal says until when the lease is held`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    const refusal = await other.lease(aHolder("run-2"), 0).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(/until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
  });

  test(`${name}: every write of its holder renews a lease`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    for (const key of ["a", "b", "c"]) {
      await under.advance(STILL_HELD_MS);
      if (key === "b") await ledger.claim("scanner", 0, aRecord("a"));
      else await ledger.append(anEvent(key));
      expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("LEASE_HELD");
    }
    await under.advance(RUN_OUT_MS);
    expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("resolved");
  });

  test(`${name}: the writes of others renew no lease`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await under.advance(STILL_HELD_MS);
    await other.append(anEvent("a"));
    await under.advance(RUN_OUT_MS - STILL_HELD_MS);
    expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("resolved");
  });

  test(`${name}: a lease that ran out and that nobody took goes on with its holder's next write`, async () => {
    const lease = await ledger.lease(aHolder("run-1"), 0);
    await under.advance(RUN_OUT_MS);
    await ledger.append(anEvent("a"));
    expect(lease.lost.aborted).toBe(false);
    expect(await codeOf(other.lease(aHolder("run-2"), 0))).toBe("LEASE_HELD");
  });

  const writes = {
    append: (from: Ledger) => from.append(anEvent("late")),
    claim: (from: Ledger) => from.claim("scanner", 1, aRecord("late"), [anEvent("late")]),
    "claim of a new record": (from: Ledger) => from.claim("late", 0, aRecord("late")),
    "removal of a record": (from: Ledger) => from.claim("scanner", 1, null),
  } satisfies Record<string, (from: Ledger) => Promise<unknown>>;

  for (const [what, write] of Object.entries(writes)) {
    test(`${name}: ${what} by a holder that was overtaken is refused and changes nothing`, async () => {
      const lease = await ledger.lease(aHolder("run-1"), 0);
      await ledger.claim("scanner", 0, aRecord("a"));
      ledger.note(anEvent("noted"));
      await under.advance(RUN_OUT_MS);
      await other.lease(aHolder("run-2"), 0);
      expect(await codeOf(write(ledger))).toBe("LEASE_LOST");
      expect(lease.lost.aborted).toBe(true);
      expect(await codeOf(write(ledger))).toBe("LEASE_LOST");
      const records = await other.records();
      expect([...records.values()].map(({ version }) => version)).toEqual([1]);
      expect(await eventsOf(other)).toEqual([]);
    });
  }

  test(`${name}: who was overtaken stays so when the successor has let go`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await under.advance(RUN_OUT_MS);
    await (await other.lease(aHolder("run-2"), 0)).release();
    expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEASE_LOST");
    expect(await eventsOf(other)).toEqual([]);
  });

  test(`${name}: letting go after having been overtaken takes nothing from the successor`, async () => {
    const first = await ledger.lease(aHolder("run-1"), 0);
    ledger.note(anEvent("noted"));
    await under.advance(RUN_OUT_MS);
    const second = await other.lease(aHolder("run-2"), 0);
    await first.release();
    await ledger.close();
    await other.append(anEvent("mine"));
    expect(second.lost.aborted).toBe(false);
    expect(await eventsOf(other)).toEqual([anEvent("mine")]);
    const third = await under.open();
    expect(await codeOf(third.lease(aHolder("run-3"), 0))).toBe("LEASE_HELD");
    await third.close();
  });

  test(`${name}: who waits takes the lease over when it runs out`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    const waiting = codeOf(other.lease(aHolder("run-2"), 25_000));
    await under.advance(RUN_OUT_MS);
    expect(await waiting).toBe("resolved");
    expect(await codeOf(ledger.append(anEvent("late")))).toBe("LEASE_LOST");
  });

  test(`${name}: of many who want a lease that has run out, one gets it`, async () => {
    await ledger.lease(aHolder("run-1"), 0);
    await under.advance(RUN_OUT_MS);
    const rivals = await Promise.all(Array.from({ length: 4 }, async () => under.open()));
    const codes = await Promise.all(
      rivals.map((rival, index) => codeOf(rival.lease(aHolder(`run-${index + 2}`), 0))),
    );
    expect(codes.toSorted()).toEqual(["LEASE_HELD", "LEASE_HELD", "LEASE_HELD", "resolved"]);
    for (const rival of rivals) await rival.close();
  });
}
