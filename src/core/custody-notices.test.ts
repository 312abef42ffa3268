import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anEmptyRecord, anIntent, aRecord, holding, SLOT } from "./a-key.fixture.ts";
import { aPlan, type FactsParts, someFacts } from "./some-facts.fixture.ts";

const noticesFor = (parts: FactsParts): readonly string[] =>
  aPlan(someFacts(parts), { allowed: ["gone"] }).notices.map(({ code, message }) => `${code} ${message}`);

const OTHER = aLiveKey({ id: "ak7", last4: "7777" }, { name: "gone", operation: "op7" });
const removing = (over: FactsParts = {}): FactsParts => ({ live: [aLiveKey(), OTHER], ...over });

test("revoking a key that was never delivered says who loses it", () => {
  expect(noticesFor(removing())).toEqual([
    "HELD_ELSEWHERE gone: revoking ak7 (…7777) ends a key that Keywright never delivered, as far as the ledger knows: whoever holds its value elsewhere loses access",
  ]);
});

test.each([
  ["its current key", aRecord(OTHER)],
  ["an attempt", anEmptyRecord({ name: "gone", intent: anIntent(1, "op7") })],
  [
    "a key that was given up",
    anEmptyRecord({ name: "gone", abandoned: [{ operation: "op7", generation: 1, revokeAt: "" }] }),
  ],
])("a key that the ledger knows for %s was made by us", (_, record) => {
  expect(noticesFor(removing({ records: [aRecord(), record] }))).toEqual([]);
});

test("when a successor took the place of the adopted key, a plan says that `adopt` can go", () => {
  const keys = [aDesiredKey({ adopt: { id: "ak0" } })];
  const slots = [[SLOT, holding(aLiveKey())]] as const;
  expect(noticesFor({ keys, slots })).toEqual([
    "CUSTODY_TAKEN scanner: ak1 (…aaaa) took the place of the key that was adopted; spec.adopt can be taken out",
  ]);
  expect(noticesFor({ keys: [aDesiredKey({ adopt: { id: "ak1" } })], slots })).toEqual([]);
  expect(noticesFor({ keys, live: [], records: [] })).toEqual([]);
});

test("revoking an adopted key by name promises no new one", () => {
  const requests = [{ type: "revoke", name: "scanner", reason: "gone" }] as const;
  const keys = [aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [] })];
  const parts = { keys, records: [], slots: [], requests };
  expect(noticesFor(parts)).toEqual([
    "ACCESS_ENDS scanner: its consumers lose access at once; no new key is minted for it",
  ]);
  const began = {
    ...parts,
    keys: [aDesiredKey({ adopt: { id: "ak1" } })],
    records: [anEmptyRecord({ intent: anIntent(2, "op9") })],
  };
  expect(noticesFor(began)[0]).toContain("the next apply mints a new key");
});
