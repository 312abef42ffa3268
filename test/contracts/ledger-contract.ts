/** What every ledger keeps to. A new one calls it once, with a way to open one history several times. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { isKeywrightError, type ErrorCode } from "../../src/core/error.ts";
import type { NextKeyRecord } from "../../src/core/key-record.ts";
import type { EffectIntent, LedgerEvent } from "../../src/core/ledger-event.ts";
import type { LeaseHolder, Ledger } from "../../src/core/ports.ts";

export interface LedgerUnderTest {
  /** A further opening of the same history, as another process would have it. */
  open(): Ledger;
  close(): Promise<void>;
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
    ledger = under.open();
    other = under.open();
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
