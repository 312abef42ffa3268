import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, at, NOW } from "./a-key.fixture.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./duration.ts";
import { owedNotices } from "./expiry-notice.ts";
import type { ExpiryNoticed } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { type FactsParts, someFacts } from "./some-facts.fixture.ts";

const owed = (parts: FactsParts) => owedNotices(someFacts(parts));
const daysOf = (parts: FactsParts) => owed(parts).map(({ notice }) => notice.daysBefore);

/** Lives for 90 days, of which this much is left. */
const ending = (leftMs: number, over: Partial<OwnedKey> = {}): OwnedKey =>
  aLiveKey({ createdAt: at(leftMs - 90 * DAY_MS), expiresAt: at(leftMs), ...over });

const after = (leftMs: number, noticed?: Partial<ExpiryNoticed>): FactsParts => {
  const key = ending(leftMs);
  const last = { operation: "op1", expiresAt: at(leftMs), daysBefore: 30, ...noticed };
  return { live: [key], records: [aRecord(key, noticed ? { noticed: last } : {})] };
};

test.each([
  [31 * DAY_MS, []],
  [30 * DAY_MS + 1, []],
  [30 * DAY_MS, [30]],
  [7 * DAY_MS + 1, [30]],
  [7 * DAY_MS, [7]],
  [DAY_MS, [1]],
  [1, [1]],
  [0, []],
])("with %d ms left, the most urgent notice that is due is owed, and no other", (leftMs, days) => {
  expect(daysOf(after(leftMs))).toEqual(days);
});

test("each notice is owed once, and a less urgent one never after it", () => {
  expect(daysOf(after(20 * DAY_MS, { daysBefore: 30 }))).toEqual([]);
  expect(daysOf(after(6 * DAY_MS, { daysBefore: 30 }))).toEqual([7]);
  expect(daysOf(after(6 * DAY_MS, { daysBefore: 7 }))).toEqual([]);
  expect(daysOf(after(20 * DAY_MS, { daysBefore: 7 }))).toEqual([]);
});

test("another key, and another expiry, have notices of their own", () => {
  expect(daysOf(after(6 * DAY_MS, { daysBefore: 1, operation: "op0" }))).toEqual([7]);
  expect(daysOf(after(6 * DAY_MS, { daysBefore: 1, expiresAt: at(0) }))).toEqual([7]);
});

const young = (lifeMs: number): OwnedKey =>
  aLiveKey({ createdAt: at(-HOUR_MS), expiresAt: at(lifeMs - HOUR_MS) });

test("days before the key was made do not count", () => {
  expect(daysOf({ live: [young(2 * HOUR_MS)] })).toEqual([]);
  expect(daysOf({ live: [young(30 * DAY_MS)] })).toEqual([]);
  expect(daysOf({ live: [young(30 * DAY_MS + HOUR_MS)] })).toEqual([30]);
});

test("there is none for a key without an end, one that is not in use, and one that was replaced", () => {
  const { expiresAt: _, ...unending } = aLiveKey();
  expect(daysOf({ live: [unending] })).toEqual([]);
  expect(daysOf({ live: [ending(DAY_MS, { status: "expired" })] })).toEqual([]);
  expect(daysOf({ live: [ending(DAY_MS, { status: "pending" })] })).toEqual([]);
  const current = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  expect(daysOf({ live: [ending(DAY_MS), current], records: [aRecord(current)] })).toEqual([]);
});

test("a notice says which key ends when, whom to ask, and is known by its id", () => {
  const [first] = owed(after(6 * DAY_MS));
  expect(first?.notice).toEqual({
    type: "key-expiring",
    id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    instance: "acme",
    name: "scanner",
    keyId: "ak1",
    last4: "aaaa",
    owner: "platform",
    expiresAt: at(6 * DAY_MS),
    daysBefore: 7,
    message: `API key scanner (…aaaa) expires in 6 days, at ${at(6 * DAY_MS)}`,
  });
  expect(first?.noticed).toEqual({ operation: "op1", expiresAt: at(6 * DAY_MS), daysBefore: 7 });
  expect(owed(after(6 * DAY_MS, { daysBefore: 30 }))[0]?.notice.id).toBe(first?.notice.id);
  expect(owed(after(DAY_MS))[0]?.notice.id).not.toBe(first?.notice.id);
});

test.each([
  [30 * DAY_MS - MINUTE_MS, "in 30 days"],
  [DAY_MS - MINUTE_MS, "in 1 day"],
  [5 * HOUR_MS, "in 5 hours"],
  [HOUR_MS, "in 1 hour"],
  [MINUTE_MS, "in less than an hour"],
])("%d ms are told as %s", (leftMs, words) => {
  expect(owed(after(leftMs))[0]?.notice.message).toContain(words);
});

test("a key that is no longer declared is told too, with the owner that the store knows, if any", () => {
  const keys = [aDesiredKey({ name: "other" })];
  expect(owed({ keys, live: [ending(DAY_MS)] })[0]?.notice.owner).toBe("platform");
  const { owner: _, ...ownerless } = ending(DAY_MS);
  expect(owed({ keys, live: [ownerless] })[0]?.notice).not.toHaveProperty("owner");
});

test("a key that the ledger does not know is told as well", () => {
  const [first] = owed({ live: [ending(DAY_MS)], records: [], now: NOW });
  expect(first).toMatchObject({ notice: { daysBefore: 1 }, record: undefined });
});
