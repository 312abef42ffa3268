import { expect, test } from "vitest";
import { aCurrent, aLiveKey, aReceipt, holding, SLOT } from "./a-key.fixture.ts";
import { type SlotReading, slotState } from "./slot-reading.ts";

const key = aLiveKey({}, { generation: 2 });
const other = aLiveKey({ last4: "zzzz" }, { operation: "op0" });
const BLIND: SlotReading = { type: "blind" };

test("with a record a value is told by its fingerprint", () => {
  expect(slotState(SLOT, holding(key), key, aCurrent(key))).toBe("good");
  expect(slotState(SLOT, holding(other), key, aCurrent(key))).toBe("stale");
  const lookAlike = { ...holding(other), last4: key.last4 } as SlotReading;
  expect(slotState(SLOT, lookAlike, key, aCurrent(key))).toBe("stale");
});

test("without a record a value is told by its last four characters", () => {
  expect(slotState(SLOT, { type: "value", fingerprint: "unknown", last4: "aaaa" }, key, undefined)).toBe(
    "good",
  );
  expect(slotState(SLOT, holding(other), key, undefined)).toBe("stale");
});

test("an empty slot is empty, with and without a record", () => {
  expect(slotState(SLOT, { type: "empty" }, key, undefined)).toBe("empty");
  expect(slotState(SLOT, { type: "empty" }, key, aCurrent(key))).toBe("empty");
});

test("a blind slot is good when it has a receipt for the current generation", () => {
  expect(slotState(SLOT, BLIND, key, aCurrent(key))).toBe("good");
});

test("a blind slot without such a receipt counts as empty", () => {
  const elsewhere = aReceipt({ ...SLOT, path: "elsewhere" }, key);
  const earlier = { ...aReceipt(SLOT, key), generation: 1 };
  expect(slotState(SLOT, BLIND, key, aCurrent(key, { receipts: [] }))).toBe("empty");
  expect(slotState(SLOT, BLIND, key, aCurrent(key, { receipts: [elsewhere] }))).toBe("empty");
  expect(slotState(SLOT, BLIND, key, aCurrent(key, { receipts: [earlier] }))).toBe("empty");
});

const found = (version?: string): SlotReading => ({
  type: "blind",
  found: version === undefined ? {} : { version },
});
const delivered = (version?: string) =>
  aCurrent(key, { receipts: [{ ...aReceipt(SLOT, key), ...(version !== undefined && { version }) }] });

test("an inspected slot is good as long as nobody has written to it since our receipt", () => {
  expect(slotState(SLOT, found("v1"), key, delivered("v1"))).toBe("good");
  expect(slotState(SLOT, found("v2"), key, delivered("v1"))).toBe("stale");
});

test("an inspected slot that holds something and has no receipt for the current key is stale", () => {
  expect(slotState(SLOT, found("v1"), key, aCurrent(key, { receipts: [] }))).toBe("stale");
  const earlier = { ...aReceipt(SLOT, key), generation: 1, version: "v1" };
  expect(slotState(SLOT, found("v1"), key, aCurrent(key, { receipts: [earlier] }))).toBe("stale");
});

test("where sink or receipt has no version, a receipt for the current generation has to do", () => {
  expect(slotState(SLOT, found(), key, delivered("v1"))).toBe("good");
  expect(slotState(SLOT, found("v1"), key, delivered())).toBe("good");
});

test("an inspected slot without a record is unknown", () => {
  expect(slotState(SLOT, found("v1"), key, undefined)).toBe("unknown");
});

test("nothing is known of a blind slot without a record, nor of one that was not read", () => {
  expect(slotState(SLOT, BLIND, key, undefined)).toBe("unknown");
  expect(slotState(SLOT, { type: "unreadable", message: "timeout" }, key, aCurrent(key))).toBe("unknown");
  expect(slotState(SLOT, undefined, key, aCurrent(key))).toBe("unknown");
});
