import { expect, test } from "vitest";
import { aCurrent, aDesiredKey, aForeignKey, aLiveKey, anIntent, aRecord, at } from "./a-key.fixture.ts";
import { HOUR_MS } from "./duration.ts";
import { leakByFingerprint, leakById, leakByLast4, type LeakFinding } from "./leak.ts";
import type { LiveKey } from "./live.ts";
import { type FactsParts, someFacts } from "./some-facts.fixture.ts";

const CURRENT = aLiveKey();
const OLDER = aLiveKey({ id: "ak0", last4: "oooo" }, { operation: "op0" });
const RECORD = aRecord(CURRENT, {
  retiring: [{ operation: "op0", id: "ak0", retireAt: at(HOUR_MS), fingerprint: "fp-op0" }],
  intent: anIntent(2, "op2"),
});

const byFingerprint = (fingerprint: string, parts: FactsParts = {}): LeakFinding | undefined =>
  leakByFingerprint(someFacts({ live: [OLDER, CURRENT], records: [RECORD], ...parts }), fingerprint);

test("a leaked key is found by the fingerprint that the ledger has of it", () => {
  expect(byFingerprint("fp-op1")).toEqual({ type: "ours", name: "scanner", operation: "op1", id: "ak1" });
});

test("a replaced key in its overlap is found as well", () => {
  expect(byFingerprint("fp-op0")).toEqual({ type: "ours", name: "scanner", operation: "op0", id: "ak0" });
});

test("an attempt that the store has not heard of is found, without an id", () => {
  expect(byFingerprint("fp-op2")).toEqual({ type: "ours", name: "scanner", operation: "op2" });
});

test("a key that is gone from the store, or has expired, is dead", () => {
  expect(byFingerprint("fp-op1", { live: [] })).toEqual({
    type: "dead",
    name: "scanner",
    why: "gone from the store",
  });
  expect(byFingerprint("fp-op1", { live: [aLiveKey({ status: "expired" })] })).toMatchObject({
    why: "expired",
  });
  expect(byFingerprint("fp-op1", { live: [aLiveKey({ expiresAt: at(-1) })] })).toMatchObject({
    why: "expired",
  });
});

test("a key that never expires is alive", () => {
  const { expiresAt: _, ...forever } = CURRENT;
  expect(byFingerprint("fp-op1", { live: [forever] })).toMatchObject({ type: "ours" });
});

test("what the ledger does not know is not found in it", () => {
  expect(byFingerprint("fp-else")).toBeUndefined();
  expect(byFingerprint("fp-op1", { records: [] })).toBeUndefined();
});

test("by its id a key is ours, or foreign, or the one that we run with", () => {
  const facts = someFacts();
  expect(leakById(facts, "ak1", [])).toEqual({ type: "ours", name: "scanner", operation: "op1", id: "ak1" });
  expect(leakById(facts, "x", ["y"])).toEqual({ type: "foreign", id: "x", isOwn: false });
  expect(leakById(facts, "y", ["y"])).toEqual({ type: "foreign", id: "y", isOwn: true });
});

const OTHER = aLiveKey({ id: "ak9" }, { name: "other", operation: "op9" });
const FOREIGN = aForeignKey({ last4: "aaaa" });
const TWO: FactsParts = {
  keys: [aDesiredKey(), aDesiredKey({ name: "other" })],
  live: [CURRENT, OTHER],
  records: [],
};

const byLast4 = (parts: FactsParts, name?: string, strangers: readonly LiveKey[] = []): LeakFinding => {
  const facts = someFacts(parts);
  return leakByLast4(facts, [...facts.live.keys, ...strangers], "aaaa", name);
};

test("by its last four characters a key is found where one alone ends like it", () => {
  expect(byLast4({ records: [] })).toEqual({ type: "ours", name: "scanner", operation: "op1", id: "ak1" });
});

test("several that end alike are listed, and a person says which it is", () => {
  expect(byLast4(TWO)).toEqual({ type: "ambiguous", names: ["other", "scanner"], foreignIds: [] });
  expect(byLast4(TWO, "other")).toMatchObject({ type: "ours", name: "other", id: "ak9" });
  expect(byLast4(TWO, "else")).toMatchObject({ type: "ambiguous" });
});

test("a key whose secret the ledger knows is another one", () => {
  const { fingerprint: _, ...unknown } = anIntent(2, "op9");
  const records = [aRecord(CURRENT), aRecord(OTHER, { current: aCurrent(aLiveKey()), intent: unknown })];
  expect(byLast4({ ...TWO, records })).toMatchObject({ type: "ours", name: "other" });
});

test("a foreign key that ends like it is told by its id, and never taken for ours", () => {
  expect(byLast4({ live: [], records: [] }, undefined, [FOREIGN])).toEqual({
    type: "foreign",
    id: "made-by-hand",
    isOwn: false,
  });
  expect(byLast4({ records: [] }, undefined, [FOREIGN])).toEqual({
    type: "ambiguous",
    names: ["scanner"],
    foreignIds: ["made-by-hand"],
  });
  expect(byLast4({ records: [] }, "scanner", [FOREIGN])).toMatchObject({ type: "ours", id: "ak1" });
  const two = [FOREIGN, aForeignKey({ id: "by-hand-too", last4: "aaaa" })];
  expect(byLast4({ live: [], records: [] }, undefined, two)).toMatchObject({ type: "ambiguous", names: [] });
});

test("where none ends like it, it is unknown", () => {
  expect(byLast4({ live: [], records: [] }, undefined, [aForeignKey({ last4: "bbbb" })])).toEqual({
    type: "unknown",
    why: "no live key ends like it",
  });
});
