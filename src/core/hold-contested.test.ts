import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  anIntent,
  aReceipt,
  aRecord,
  holding,
  SLOT,
} from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import { holdContested } from "./hold-contested.ts";
import { type FactsParts, linesOf, someFacts, someLimits } from "./some-facts.fixture.ts";

const VAULT = { sink: "vault", path: "b" };
const strange = { type: "value", fingerprint: "fp-of-strangers", last4: "9999" } as const;

function held(parts: FactsParts, allowed: readonly string[] = [], stuck: readonly string[] = []) {
  const facts = someFacts(parts);
  const { changes, blocked } = diff(facts);
  const before = stuck.map((name) => ({
    kind: "ApiKey" as const,
    name,
    code: "PROTECTED" as const,
    message: "waits",
    hint: "wait",
  }));
  const result = holdContested(
    { changes: changes.filter(({ name }) => !stuck.includes(name)), blocked: [...blocked, ...before] },
    facts,
    someLimits({ allowed }),
  );
  return {
    lines: linesOf(result.changes),
    blocked: result.blocked
      .filter(({ code }) => code !== "PROTECTED")
      .map(({ name, code }) => `${name} ${code}`),
  };
}

test("a new key does not replace a value of strangers, until a person names it", () => {
  const parts: FactsParts = { live: [], records: [], slots: [[SLOT, strange]] };
  expect(held(parts)).toEqual({ lines: [], blocked: ["scanner SLOT_OCCUPIED"] });
  expect(held(parts, ["scanner"])).toEqual({ lines: ["create ApiKey scanner"], blocked: [] });
});

test("nor does it replace what is only known to be there", () => {
  const blind = { type: "blind", found: { version: "v1" } } as const;
  const parts: FactsParts = { live: [], records: [], slots: [[SLOT, blind]] };
  expect(held(parts)).toEqual({ lines: [], blocked: ["scanner SLOT_OCCUPIED"] });
  expect(held(parts, ["scanner"])).toEqual({ lines: ["create ApiKey scanner"], blocked: [] });
  expect(held({ ...parts, slots: [[SLOT, { type: "blind" }]] }).lines).toEqual(["create ApiKey scanner"]);
});

test("what is only known to be there is ours when a key of ours was delivered there, or may have been", () => {
  const blind = { type: "blind", found: { version: "v1" } } as const;
  const vaulted = aDesiredKey({ deliverTo: [VAULT], roles: [{ type: "default", role: "USER" }] });
  const parts: FactsParts = { keys: [vaulted], slots: [[VAULT, blind]] };
  expect(held(parts).blocked).toEqual(["scanner SLOT_OCCUPIED"]);
  expect(held({ ...parts, records: [] }).lines).toEqual(["rotate ApiKey scanner"]);
  const begun = aRecord(aLiveKey(), { intent: { ...anIntent(2, "op2"), slots: [VAULT] } });
  expect(held({ ...parts, records: [begun] }).blocked).toEqual([]);
  const other = { ...begun, name: "other", current: aCurrent(aLiveKey({}, { operation: "op9" })) };
  expect(held({ ...parts, records: [aRecord(), other] }).blocked).toEqual([]);
});

test("a copy does not replace what is only known to be there either, until the ledger says that one was begun", () => {
  const blind = { type: "blind", found: { version: "v1" } } as const;
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT] })];
  const slots = [
    [SLOT, holding(aLiveKey())],
    [VAULT, blind],
  ] as const;
  expect(held({ keys, slots })).toEqual({ lines: [], blocked: ["scanner SLOT_OCCUPIED"] });
  expect(held({ keys, slots }, ["scanner"])).toEqual({ lines: ["update ApiKey scanner"], blocked: [] });
  const third = { sink: "local", path: "third" };
  const lost = { keys: [aDesiredKey({ deliverTo: [SLOT, VAULT, third] })], records: [] };
  expect(held({ ...lost, slots: [...slots, [third, { type: "empty" }]] }).blocked).toEqual([
    "scanner SLOT_OCCUPIED",
  ]);
  const begun = { ...aReceipt(VAULT, aLiveKey()), isBegun: true } as const;
  const current = aCurrent(aLiveKey(), { receipts: [aReceipt(SLOT, aLiveKey()), begun] });
  const records = [aRecord(aLiveKey(), { current })];
  expect(held({ keys, slots, records })).toEqual({ lines: ["update ApiKey scanner"], blocked: [] });
});

test("the first successor of a key whose value is held elsewhere replaces nothing unasked: none was delivered before it", () => {
  const blind = { type: "blind", found: { version: "v1" } } as const;
  const keys = [aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [VAULT] })];
  const request = { type: "take-custody", name: "scanner", reason: "moving to CI" } as const;
  const parts: FactsParts = { keys, records: [], slots: [[VAULT, blind]], requests: [request] };
  expect(held(parts)).toEqual({ lines: [], blocked: ["scanner SLOT_OCCUPIED"] });
  expect(held(parts, ["scanner"])).toEqual({ lines: ["rotate ApiKey scanner"], blocked: [] });
});

test("a slot that had a value of ours is ours, whatever stands in it now", () => {
  expect(held({ slots: [[SLOT, strange]] })).toEqual({ lines: ["rotate ApiKey scanner"], blocked: [] });
  const begun = { ...anIntent(1, "op1"), slots: [SLOT] };
  const record = { name: "scanner", version: 1, intent: begun, retiring: [], protected: false };
  expect(held({ live: [], records: [record], slots: [[SLOT, strange]] }).blocked).toEqual([]);
});

test("the value of a live key is not strange, where only its id tells of it", () => {
  const { last4: _, ...key } = aLiveKey();
  const keys = [aDesiredKey({ roles: [{ type: "default", role: "USER" }] })];
  const parts: FactsParts = { keys, live: [key], records: [], slots: [[SLOT, { ...strange, keyId: "ak1" }]] };
  expect(held(parts)).toEqual({ lines: ["rotate ApiKey scanner"], blocked: [] });
});

test("a value that an attempt of ours left is not strange", () => {
  const left = { ...strange, fingerprint: "fp-op7" };
  const other = { name: "other", version: 1, intent: anIntent(1, "op7"), retiring: [], protected: false };
  expect(held({ live: [], records: [other], slots: [[SLOT, left]] }).lines).toContain(
    "create ApiKey scanner",
  );
});

test("a slot is not taken from a key that cannot move out, and who waits for the taker waits too", () => {
  const b = aLiveKey({ id: "ak7", last4: "7777" }, { name: "b", operation: "op7" });
  const c = aLiveKey({ id: "ak8", last4: "8888" }, { name: "c", operation: "op8" });
  const third = { sink: "vault", path: "c" };
  const parts: FactsParts = {
    keys: [
      aDesiredKey({ deliverTo: [VAULT] }),
      aDesiredKey({ name: "b", deliverTo: [third] }),
      aDesiredKey({ name: "c", deliverTo: [SLOT] }),
    ],
    live: [aLiveKey(), b, c],
    records: [
      aRecord(),
      aRecord(b, { current: aCurrent(b, { receipts: [aReceipt(VAULT, b)] }) }),
      aRecord(c, { current: aCurrent(c, { receipts: [aReceipt(third, c)] }) }),
    ],
    slots: [
      [SLOT, holding(aLiveKey())],
      [VAULT, holding(b)],
      [third, holding(c)],
    ],
  };
  expect(held(parts).blocked).toEqual([]);
  expect(held(parts, [], ["b"])).toEqual({ lines: [], blocked: ["scanner SLOT_IN_USE", "c SLOT_IN_USE"] });
});
