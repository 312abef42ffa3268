import { expect, test } from "vitest";
import { aCurrent, aDesiredKey, aLiveKey, anEmptyRecord, anIntent, aRecord } from "./a-key.fixture.ts";
import { currentOf, groupKeys, type KeyGroup, latestGeneration, recordedOf } from "./key-group.ts";
import type { KeyRecord } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";
import { someFacts } from "./some-facts.fixture.ts";

const first = aLiveKey({ id: "ak1" }, { generation: 1, operation: "op1" });
const second = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
const third = aLiveKey({ id: "ak3", status: "pending" }, { generation: 3, operation: "op3" });

const groupsOf = (parts: Parameters<typeof someFacts>[0]): readonly KeyGroup[] => {
  const { desired, live, records } = someFacts(parts);
  return groupKeys(desired, live.keys, records);
};

const aGroup = (live: readonly OwnedKey[], record?: KeyRecord): KeyGroup => ({
  name: "scanner",
  live,
  ...(record && { record }),
});

test("there is one group for each name that is declared or live, sorted by name", () => {
  const groups = groupsOf({
    keys: [aDesiredKey({ name: "b" }), aDesiredKey({ name: "a" })],
    live: [aLiveKey({}, { name: "c" }), aLiveKey({}, { name: "a" })],
    records: [],
  });
  expect(groups.map(({ name, desired, live }) => [name, desired?.name, live.length])).toEqual([
    ["a", "a", 1],
    ["b", "b", 0],
    ["c", undefined, 1],
  ]);
});

test("a key that only the ledger still knows makes a group", () => {
  expect(groupsOf({ keys: [], live: [] }).map(({ name, live }) => [name, live])).toEqual([["scanner", []]]);
});

test("a record without a key that was in use makes no group", () => {
  expect(groupsOf({ keys: [], live: [], records: [anEmptyRecord()] })).toEqual([]);
});

test("the live keys of a name come by generation, then by id", () => {
  const twin = aLiveKey({ id: "ak0" }, { generation: 2, operation: "op9" });
  expect(groupsOf({ live: [second, twin, first] })[0]?.live.map(({ id }) => id)).toEqual([
    "ak1",
    "ak0",
    "ak2",
  ]);
});

test("a renamed key keeps its live keys and its record", () => {
  const groups = groupsOf({ keys: [aDesiredKey({ name: "reader", previousNames: ["probe", "scanner"] })] });
  expect(groups).toEqual([
    { name: "reader", desired: expect.anything(), live: [aLiveKey()], record: aRecord() },
  ]);
});

test("the record under the present name goes before one under a previous name", () => {
  const own = aRecord(aLiveKey({}, { name: "reader" }), { version: 7 });
  const groups = groupsOf({
    keys: [aDesiredKey({ name: "reader", previousNames: ["scanner"] })],
    records: [aRecord(), own],
  });
  expect(groups[0]?.record).toBe(own);
});

test("with a record the current key is the one that it names", () => {
  expect(currentOf(aGroup([first, second, third], aRecord(first)))).toBe(first);
});

test("a current key that is gone from the store has no substitute", () => {
  expect(currentOf(aGroup([second], aRecord(first)))).toBeUndefined();
});

test("without a record the current key is the newest that was in use", () => {
  expect(currentOf(aGroup([first, second, third]))).toBe(second);
  expect(currentOf(aGroup([third]))).toBeUndefined();
  expect(currentOf(aGroup([]))).toBeUndefined();
});

test("a key that is only intended is not current yet", () => {
  const record = anEmptyRecord({ intent: anIntent(2, "op2") });
  expect(currentOf(aGroup([first, second], record))).toBe(first);
});

test("what the ledger knows of a key is told of that very key only", () => {
  const group = aGroup([first, second], aRecord(first));
  expect(recordedOf(group, first)).toEqual(aCurrent(first));
  expect(recordedOf(group, second)).toBeUndefined();
  expect(recordedOf(aGroup([first]), first)).toBeUndefined();
});

test("the latest generation is the highest that store or ledger know", () => {
  expect(latestGeneration({ live: [] })).toBe(0);
  expect(latestGeneration({ live: [second, first] })).toBe(2);
  expect(latestGeneration({ live: [first], record: aRecord(second) })).toBe(2);
  expect(latestGeneration({ live: [first], record: aRecord(first, { intent: anIntent(5, "op5") }) })).toBe(5);
});
