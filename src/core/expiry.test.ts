import { expect, test } from "vitest";
import { aCurrent, aLiveKey, at, NOW } from "./a-key.fixture.ts";
import type { Expires } from "./desired.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./duration.ts";
import { expiresAt, hasDesiredExpiry, isPast, isUnexpired, isValid, renderExpires } from "./expiry.ts";

const NEVER: Expires = { type: "never" };
const AFTER: Expires = { type: "after", ms: 90 * DAY_MS };
const ON: Expires = { type: "at", instant: at(80 * DAY_MS) };

test("a life counts from the mint, or ends at a fixed instant, or never", () => {
  expect(expiresAt(AFTER, NOW)).toBe(at(90 * DAY_MS));
  expect(expiresAt(ON, NOW)).toBe(at(80 * DAY_MS));
  expect(expiresAt(NEVER, NOW)).toBeUndefined();
});

test("A11: a key is valid one millisecond before its end and not at its end", () => {
  expect(isUnexpired({ expiresAt: at(1) }, NOW)).toBe(true);
  expect(isUnexpired({ expiresAt: at(0) }, NOW)).toBe(false);
  expect(isUnexpired({}, NOW)).toBe(true);
});

test("only an active key is valid", () => {
  expect(isValid({ status: "active" }, NOW)).toBe(true);
  expect(isValid({ status: "active", expiresAt: at(0) }, NOW)).toBe(false);
  expect(isValid({ status: "pending" }, NOW)).toBe(false);
  expect(isValid({ status: "expired" }, NOW)).toBe(false);
});

test("only a fixed end can have passed, from that very millisecond on", () => {
  expect(isPast({ type: "at", instant: at(0) }, NOW)).toBe(true);
  expect(isPast({ type: "at", instant: at(1) }, NOW)).toBe(false);
  expect(isPast(AFTER, NOW)).toBe(false);
  expect(isPast(NEVER, NOW)).toBe(false);
});

const unending = (): ReturnType<typeof aLiveKey> => {
  const { expiresAt: _, ...key } = aLiveKey();
  return key;
};

const lived = (ms: number) => aLiveKey({ createdAt: at(0), expiresAt: at(90 * DAY_MS + ms) });

test("without a record a counted life is compared by the key's own dates, give or take ten minutes", () => {
  expect(hasDesiredExpiry(AFTER, lived(10 * MINUTE_MS), undefined)).toBe(true);
  expect(hasDesiredExpiry(AFTER, lived(-10 * MINUTE_MS), undefined)).toBe(true);
  expect(hasDesiredExpiry(AFTER, lived(10 * MINUTE_MS + 1), undefined)).toBe(false);
  expect(hasDesiredExpiry(AFTER, lived(-10 * MINUTE_MS - 1), undefined)).toBe(false);
  expect(hasDesiredExpiry(AFTER, unending(), undefined)).toBe(false);
});

test("without a record a fixed end is compared as an instant, however it is written", () => {
  const key = aLiveKey({ expiresAt: "2027-03-31T12:00:00.000Z" });
  expect(hasDesiredExpiry({ type: "at", instant: "2027-03-31T12:00:00Z" }, key, undefined)).toBe(true);
  expect(hasDesiredExpiry({ type: "at", instant: "2027-03-31T12:00:00.001Z" }, key, undefined)).toBe(false);
  expect(hasDesiredExpiry(ON, unending(), undefined)).toBe(false);
});

test("without a record a key that is never to end has no end", () => {
  expect(hasDesiredExpiry(NEVER, unending(), undefined)).toBe(true);
  expect(hasDesiredExpiry(NEVER, aLiveKey(), undefined)).toBe(false);
});

test("with a record, however far the store's clock is off, the same rule asks for no other key", () => {
  const key = aLiveKey({ createdAt: at(-5 * HOUR_MS), expiresAt: at(90 * DAY_MS) });
  expect(hasDesiredExpiry(AFTER, key, aCurrent(key))).toBe(true);
  expect(hasDesiredExpiry(AFTER, key, undefined)).toBe(false);
});

test("with a record, a store that rounds or caps an end asks for no other key", () => {
  const rounded = aLiveKey({ expiresAt: "2027-03-31T21:59:59.000Z" });
  const end: Expires = { type: "at", instant: "2027-03-31T21:59:59.999Z" };
  expect(hasDesiredExpiry(end, rounded, aCurrent(rounded, { expires: end }))).toBe(true);
  const capped = aLiveKey({ expiresAt: at(365 * DAY_MS) });
  expect(hasDesiredExpiry(NEVER, capped, aCurrent(capped, { expires: NEVER }))).toBe(true);
});

test("with a record, an end that someone moved in the store is not as desired", () => {
  const moved = aLiveKey({ expiresAt: at(300 * DAY_MS) });
  expect(hasDesiredExpiry(AFTER, moved, aCurrent(aLiveKey()))).toBe(false);
  expect(hasDesiredExpiry(AFTER, unending(), aCurrent(aLiveKey()))).toBe(false);
  const { expiresAt: _, ...endless } = aCurrent(unending());
  expect(hasDesiredExpiry(AFTER, aLiveKey(), endless)).toBe(false);
  expect(hasDesiredExpiry(NEVER, unending(), { ...endless, expires: NEVER })).toBe(true);
});

test("with a record, another rule asks for another key unless the end is the same instant", () => {
  const key = aLiveKey();
  expect(hasDesiredExpiry({ type: "after", ms: 30 * DAY_MS }, key, aCurrent(key))).toBe(false);
  expect(hasDesiredExpiry(AFTER, key, aCurrent(key, { expires: NEVER }))).toBe(false);
  expect(hasDesiredExpiry(ON, key, aCurrent(key))).toBe(true);
  expect(hasDesiredExpiry(NEVER, key, aCurrent(key))).toBe(false);
});

test("an end is written for people", () => {
  expect(renderExpires(NEVER)).toBe("never");
  expect(renderExpires(AFTER)).toBe("90d after it is minted");
  expect(renderExpires(ON)).toBe(at(80 * DAY_MS));
});
