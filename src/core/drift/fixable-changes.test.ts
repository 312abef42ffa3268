import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  aReceipt,
  aRecord,
  at,
  holding,
  NOW,
  SLOT,
} from "../a-key.fixture.ts";
import { BASELINE_RECORD } from "../baseline.ts";
import type { Slot } from "../desired.ts";
import { itemDigests } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import { DAY_MS, HOUR_MS } from "../duration.ts";
import { secretRecordName } from "../key-record.ts";
import { aDesiredPolicy, aDesiredRole, aLiveRole, type FactsParts, linesOf } from "../some-facts.fixture.ts";
import { type Before, changedFacts, driftOf } from "./drift.fixture.ts";
import type { DriftPolicy } from "./finding.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const OTHER: Slot = { sink: "other", path: "copy" };
const EMPTY = [[SLOT, { type: "empty" }]] as const;
const old = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
const second = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
const ended = { operation: "op0", id: "ak0", retireAt: at(-HOUR_MS) };

const fixesOf = (after: FactsParts, before: Before = {}, policy: Partial<DriftPolicy> = {}) =>
  linesOf(driftOf(changedFacts(after, before), policy).fixes);

test("what changes in place is carried out only where all of it is to be fixed", () => {
  const receipts = [aReceipt(SLOT, aLiveKey()), aReceipt(OTHER, aLiveKey())];
  const after: FactsParts = {
    live: [aLiveKey({ displayName: "Mine" })],
    records: [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { receipts }) })],
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  };
  const before = { keys: [aDesiredKey({ deliverTo: [SLOT, OTHER] })] };
  expect(fixesOf(after, before)).toEqual([]);
  const { findings } = driftOf(changedFacts(after, before));
  expect(findings.map(({ class: name, response }) => `${name} ${response}`)).toEqual([
    "altered report",
    "sink-stale report",
  ]);
  expect(findings[1]?.hint).toMatch(/^held back by what else is found/);
  expect(fixesOf(after, before, { altered: "fix" })).toEqual(["update ApiKey scanner"]);
});

test("a key is made under the declared policy, or not at all", () => {
  const before: Before = { policy: aDesiredPolicy() };
  const policy = { kind: "SecurityPolicy", requireExpiration: false } as const;
  expect(fixesOf({ live: [], livePolicy: policy }, before)).toEqual([]);
  expect(fixesOf({ live: [], livePolicy: policy }, before, { altered: "fix" })).toEqual([
    "update SecurityPolicy policy",
    "create ApiKey scanner",
  ]);
});

test("a key is made with its roles as declared, or not at all", () => {
  const before: Before = {
    keys: [aDesiredKey({ roles: [...USER, { type: "custom", tag: "editor" }] })],
    roles: [aDesiredRole()],
  };
  const after = { live: [], liveRoles: [aLiveRole({ permissions: [] })] };
  expect(fixesOf(after, before)).toEqual([]);
  expect(fixesOf(after, before, { altered: "fix" })).toEqual(["update Role editor", "create ApiKey scanner"]);
});

test("the end of an overlap does not wait for what else is found of its name", () => {
  const after: FactsParts = {
    live: [old, aLiveKey({ ...second, roles: USER }, second.marker)],
    records: [aRecord(second, { retiring: [ended] })],
    slots: [[SLOT, holding(second)]],
  };
  expect(fixesOf(after)).toEqual(["revoke ApiKey scanner"]);
  const { fixes } = driftOf(changedFacts(after));
  expect(fixes).toMatchObject([{ key: { id: "ak0" } }]);
});

test("nothing is revoked that counted on a key which is not made", () => {
  const now = new Date(NOW.getTime() + 80 * DAY_MS);
  const stillValid = aLiveKey({ ...old, last4: "0000", expiresAt: at(200 * DAY_MS) }, old.marker);
  const expired: FactsParts = {
    now,
    keys: [aDesiredKey({ displayName: "New" })],
    live: [stillValid, second],
    records: [aRecord(second, { retiring: [ended] })],
    slots: [[SLOT, holding(second)]],
  };
  const asPlanned = driftOf(changedFacts(expired), { "unapplied-commit": "fix" }).fixes;
  expect(linesOf(asPlanned)).toEqual(["rotate ApiKey scanner", "revoke ApiKey scanner"]);
  expect(fixesOf(expired)).toEqual([]);
  const gone = { ...expired, live: [stillValid] };
  expect(linesOf(driftOf(changedFacts(gone), { "unapplied-commit": "fix" }).fixes)).toEqual([
    "create ApiKey scanner",
    "revoke ApiKey scanner",
  ]);
  expect(fixesOf(gone)).toEqual([]);
});

test("a leaked key beside its good successor goes, whatever waits", () => {
  const after: FactsParts = {
    keys: [aDesiredKey({ roles: USER })],
    live: [old, second],
    records: [aRecord(second, { retiring: [{ ...ended, retireAt: at(HOUR_MS) }], leaked: ["op0"] })],
    slots: [[SLOT, holding(second)]],
  };
  expect(fixesOf(after)).toEqual(["revoke ApiKey scanner"]);
});

test("a leaked key in use is replaced and goes, also where its manifest waits", () => {
  const after: FactsParts = {
    keys: [aDesiredKey({ roles: USER })],
    records: [aRecord(aLiveKey(), { leaked: ["op1"] })],
  };
  expect(fixesOf(after)).toEqual(["rotate ApiKey scanner", "revoke ApiKey scanner"]);
});

test("a leaked key in use stays while its successor waits for a role", () => {
  const before: Before = {
    keys: [aDesiredKey({ roles: [...USER, { type: "custom", tag: "editor" }] })],
    roles: [aDesiredRole()],
  };
  const after: FactsParts = {
    liveRoles: [aLiveRole({ permissions: [] })],
    records: [aRecord(aLiveKey(), { leaked: ["op1"] })],
  };
  expect(fixesOf(after, before)).toEqual([]);
});

test("nothing is written over the value of a key that was to move out, and does not now", () => {
  const other = aLiveKey({ id: "ak5", last4: "oooo" }, { name: "other", operation: "op5" });
  const there = aRecord(other, { current: aCurrent(other, { receipts: [aReceipt(OTHER, other)] }) });
  // The two change places: `other` is missing and moves into the slot that scanner leaves.
  const before: Before = {
    keys: [aDesiredKey(), aDesiredKey({ name: "other", deliverTo: [OTHER] })],
    live: [aLiveKey(), other],
    records: [aRecord(), there],
  };
  const after: FactsParts = {
    keys: [aDesiredKey({ deliverTo: [OTHER] }), aDesiredKey({ name: "other", deliverTo: [SLOT] })],
    live: [aLiveKey()],
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  };
  const facts = changedFacts(after, before);
  const applied = changedFacts(after, { ...before, keys: [aDesiredKey(), ...(after.keys ?? []).slice(1)] });
  expect(linesOf(driftOf(facts, { "unapplied-commit": "fix" }).fixes)).toEqual([
    "create ApiKey other",
    "rotate ApiKey scanner",
  ]);
  expect(linesOf(driftOf(applied).fixes)).toEqual([]);
});

test("a role stays as long as a key has it that is not replaced", () => {
  const live = [aLiveKey({ roles: [...USER, { type: "custom", tag: "editor" }] })];
  const after: FactsParts = { live, liveRoles: [aLiveRole()] };
  expect(fixesOf(after, { applied: { items: { "Role/editor": "-" } } })).toEqual([]);
});

/** As if all of `desired` had been applied. */
function withApplied(records: Facts["records"], desired: Facts["desired"]): Facts["records"] {
  const record = records.get(BASELINE_RECORD);
  const applied = { at: at(0), items: Object.fromEntries(itemDigests(desired)) };
  if (!record) throw new Error("the facts have no baseline");
  return new Map([...records, [BASELINE_RECORD, { ...record, baseline: { ...record.baseline, applied } }]]);
}

const secret = {
  kind: "Secret",
  name: "token",
  tag: "token",
  displayName: "Token",
  valueFrom: SLOT,
  origin: { file: "s.yaml", line: 1, column: 1 },
} as const;

test("a Secret follows the keys that change, and no others", () => {
  const record = { name: secretRecordName("token"), version: 1, retiring: [], protected: false } as const;
  const facts = (over: FactsParts, displayName = "Token") => {
    const made = changedFacts({
      ...over,
      records: [aRecord(), record],
      capabilities: { manages: ["Secret"] },
    });
    const desired = { ...made.desired, secrets: [secret] };
    const owned = [{ kind: "Secret", name: "token", id: "s1", tag: "token", displayName }] as const;
    return {
      ...made,
      desired,
      records: withApplied(made.records, desired),
      live: { ...made.live, secrets: { owned, foreign: [] } },
      secretValues: new Map([["token", { type: "same" } as const]]),
    };
  };
  const due = { now: new Date(NOW.getTime() + 70 * DAY_MS) };
  const { findings, due: told, fixes } = driftOf(facts(due));
  expect(findings).toEqual([]);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner", "update Secret token"]);
  expect(told.map(({ kind, message }) => `${kind} ${message}`)).toContain(
    "Secret its value changed in the sink that it comes from",
  );
  const held = driftOf(facts({ slots: EMPTY }), { "sink-stale": "report" });
  expect(linesOf(held.fixes)).toEqual([]);
  expect(driftOf(facts({}, "Mine")).findings).toMatchObject([
    { class: "altered", kind: "Secret", name: "token" },
  ]);
  const renamed = driftOf(facts(due, "Mine"));
  expect(renamed.findings).toMatchObject([{ class: "altered", kind: "Secret", name: "token" }]);
  expect(renamed.fixes.map((change) => ("fields" in change ? change.fields : []))).toMatchObject([
    [],
    [{ field: "value" }],
  ]);
});
