import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, at, NOW } from "../a-key.fixture.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../duration.ts";
import type { OwnedKey } from "../live.ts";
import { type FactsParts, someFacts } from "../some-facts.fixture.ts";
import { observeExpiring } from "./expiring-matters.ts";

const standing = (parts: FactsParts) => observeExpiring(someFacts(parts)).matters;
const daysOf = (parts: FactsParts) => standing(parts).map(({ urgency }) => urgency);

/** Lives for 90 days, of which this much is left. */
const ending = (leftMs: number, over: Partial<OwnedKey> = {}): OwnedKey =>
  aLiveKey({ createdAt: at(leftMs - 90 * DAY_MS), expiresAt: at(leftMs), ...over });

const after = (leftMs: number): FactsParts => {
  const key = ending(leftMs);
  return { live: [key], records: [aRecord(key)] };
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
])("with %d ms left, the most urgent threshold stands, and no other", (leftMs, days) => {
  expect(daysOf(after(leftMs))).toEqual(days);
});

const keyOf = (parts: FactsParts) => standing(parts)[0]?.item.key;

test("another key, and another expiry, are another matter; a more urgent threshold is the same", () => {
  const same = ending(6 * DAY_MS);
  const later = someFacts({ live: [same], records: [aRecord(same)], now: new Date(at(5.5 * DAY_MS)) });
  expect(observeExpiring(later).matters[0]).toMatchObject({
    urgency: 1,
    item: { key: keyOf(after(6 * DAY_MS)) },
  });
  expect(keyOf(after(6 * DAY_MS))).not.toBe(keyOf(after(5 * DAY_MS)));
  const other = ending(6 * DAY_MS);
  const moved = { ...other, marker: { ...other.marker, operation: "op9" } };
  expect(keyOf({ live: [moved], records: [aRecord(moved)] })).not.toBe(keyOf(after(6 * DAY_MS)));
});

const gone = (complete: boolean, family: "expiring" | "drift") =>
  observeExpiring(someFacts({ complete })).isGone("x", family);

test("what is not listed is over only where all is listed, and only what expires", () => {
  expect([gone(true, "expiring"), gone(false, "expiring"), gone(true, "drift")]).toEqual([
    true,
    false,
    false,
  ]);
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

test("a notice says which key ends when, and whom to ask", () => {
  expect(standing(after(6 * DAY_MS))).toEqual([
    {
      family: "expiring",
      urgency: 7,
      item: {
        key: `expiring/ApiKey/scanner/op1/${at(6 * DAY_MS)}`,
        message: `API key scanner (…aaaa) expires in 6 days, at ${at(6 * DAY_MS)}`,
        kind: "ApiKey",
        name: "scanner",
        id: "ak1",
        generation: 1,
        last4: "aaaa",
        owner: "platform",
        expiresAt: at(6 * DAY_MS),
        daysBefore: 7,
      },
    },
  ]);
});

test.each([
  [30 * DAY_MS - MINUTE_MS, "in 30 days"],
  [DAY_MS - MINUTE_MS, "in 1 day"],
  [5 * HOUR_MS, "in 5 hours"],
  [HOUR_MS, "in 1 hour"],
  [MINUTE_MS, "in less than an hour"],
])("%d ms are told as %s", (leftMs, words) => {
  expect(standing(after(leftMs))[0]?.item.message).toContain(words);
});

test("a key that is no longer declared is told too, with the owner that the store knows, if any", () => {
  const keys = [aDesiredKey({ name: "other" })];
  expect(standing({ keys, live: [ending(DAY_MS)] })[0]?.item.owner).toBe("platform");
  const { owner: _, ...ownerless } = ending(DAY_MS);
  expect(standing({ keys, live: [ownerless] })[0]?.item).not.toHaveProperty("owner");
});

test("a key that the ledger does not know, and one whose end nobody can tell, are told as well", () => {
  const { last4: _, ...untold } = ending(DAY_MS);
  const [first] = standing({ live: [untold], records: [], now: NOW });
  expect(first).toMatchObject({
    urgency: 1,
    item: { message: expect.stringContaining("API key scanner expires") },
  });
  expect(first?.item).not.toHaveProperty("last4");
});
