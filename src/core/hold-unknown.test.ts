import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anEmptyRecord, aRecord } from "./a-key.fixture.ts";
import { BASELINE_RECORD } from "./baseline.ts";
import type { KeyRecord } from "./key-record.ts";
import { aPlan, type FactsParts, linesOf, someFacts } from "./some-facts.fixture.ts";

const ghost = aLiveKey({ id: "ak9", last4: "gggg" }, { name: "ghost", operation: "op9" });
const twin = aLiveKey({ id: "ak8" }, { name: "ghost", operation: "op8" });
const LIVE = [aLiveKey(), ghost];

const planned = (parts: FactsParts, allowed: readonly string[] = []) => {
  const { changes, blocked } = aPlan(someFacts({ live: LIVE, ...parts }), { allowed });
  return {
    lines: linesOf(changes),
    blocked: blocked.map(({ code, name, message }) => `${code} ${name}: ${message}`),
  };
};

test("I4: a marker with a name that nobody knows revokes no key: whoever wrote it, that would be guessing", () => {
  expect(planned({})).toEqual({
    lines: [],
    blocked: ["NAME_UNKNOWN ghost: neither a manifest nor the ledger knows it, and ak9 carries its marker"],
  });
  expect(planned({ live: [...LIVE, twin] }).blocked).toEqual([
    "NAME_UNKNOWN ghost: neither a manifest nor the ledger knows it, and ak8, ak9 carry its marker",
  ]);
});

test("a person who names it ends it", () => {
  expect(planned({}, ["ghost"])).toEqual({ lines: ["revoke ApiKey ghost"], blocked: [] });
  const requests = [{ type: "revoke", name: "ghost", reason: "seen" }] as const;
  expect(planned({ requests }).lines).toEqual(["revoke ApiKey ghost"]);
});

test("a name that the ledger knows ends with its manifest, and so does one that was adopted and applied", () => {
  const record = aRecord(ghost, { name: "ghost" });
  expect(planned({ records: [aRecord(), record] }).lines).toEqual(["revoke ApiKey ghost"]);
  const applied = { at: "2026-11-01T00:00:00.000Z", items: { "ApiKey/ghost": "d1" } };
  const baseline: KeyRecord = { ...anEmptyRecord(), name: BASELINE_RECORD, baseline: { applied } };
  expect(planned({ records: [aRecord(), baseline] }).lines).toEqual(["revoke ApiKey ghost"]);
  const other: KeyRecord = { ...anEmptyRecord(), name: BASELINE_RECORD, baseline: {} };
  expect(planned({ records: [aRecord(), other] }).lines).toEqual([]);
});

test("what a declared name replaces is not held back by it", () => {
  const keys = [aDesiredKey(), aDesiredKey({ name: "ghost" })];
  expect(planned({ keys }).blocked).toEqual([]);
});
