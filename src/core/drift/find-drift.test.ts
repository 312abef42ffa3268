import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  anIntent,
  aRecord,
  aReceipt,
  at,
  holding,
  NOW,
  SLOT,
} from "../a-key.fixture.ts";
import { DAY_MS, HOUR_MS } from "../duration.ts";
import { BASELINE_RECORD } from "../baseline.ts";
import { itemDigests } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import type { KeyRecord } from "../key-record.ts";
import { mintRequest } from "../mint-request.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  type FactsParts,
  aPlan,
  linesOf,
  someFacts,
  someLimits,
} from "../some-facts.fixture.ts";
import { findDrift } from "./find-drift.ts";
import { DEFAULT_DRIFT_POLICY } from "./finding.ts";
import { type Before, changedFacts, classesOf, driftOf, findingsOf, strangers } from "./drift.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const OTHER = { sink: "other", path: "copy" };
const livePolicy = { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 365 } as const;

test("nothing is found where nothing changed", () => {
  expect(driftOf(changedFacts())).toEqual({ findings: [], due: [], fixes: [] });
});

test("a key that is gone from the store is missing, and is made anew", () => {
  const { findings, fixes, due } = driftOf(changedFacts({ live: [] }));
  expect(findings).toEqual([
    {
      class: "missing",
      kind: "ApiKey",
      name: "scanner",
      id: "ak1",
      generation: 1,
      message: "key ak1 is gone from the store",
      response: "fix",
      key: "missing/ApiKey/scanner/g1",
    },
  ]);
  expect(linesOf(fixes)).toEqual(["create ApiKey scanner"]);
  expect(due).toEqual([]);
});

test("a key that expired in use is replaced", () => {
  const { findings, fixes } = driftOf(changedFacts({ now: new Date(Date.parse(at(80 * DAY_MS))) }));
  expect(findings).toMatchObject([
    {
      class: "expired",
      message: `expired at ${at(80 * DAY_MS)}`,
      response: "fix",
      key: "expired/ApiKey/scanner/g1",
    },
  ]);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a key that was to end by now is no drift", () => {
  const expires = { type: "at", instant: at(-HOUR_MS) } as const;
  const live = [aLiveKey({ expiresAt: expires.instant })];
  const records = [aRecord(live[0], { current: aCurrent(live[0], { expires }) })];
  expect(findingsOf({ live, records }, { keys: [aDesiredKey({ expires })] })).toEqual([]);
});

test("what somebody changed of a key is told field by field", () => {
  const live = [aLiveKey({ displayName: "Mine", owner: "me", labels: {} })];
  const { findings, fixes } = driftOf(changedFacts({ live }));
  expect(findings).toEqual([
    {
      class: "altered",
      kind: "ApiKey",
      name: "scanner",
      id: "ak1",
      generation: 1,
      message: "not as it was applied: displayName, owner, labels",
      fields: [
        { field: "displayName", from: "Mine", to: "Scanner" },
        { field: "owner", from: "me", to: "platform" },
        { field: "labels", from: "", to: "tier=internal" },
      ],
      response: "report",
      key: "altered/ApiKey/scanner/g1",
    },
  ]);
  expect(fixes).toEqual([]);
  expect(linesOf(driftOf(changedFacts({ live }), { altered: "fix" }).fixes)).toEqual([
    "update ApiKey scanner",
  ]);
});

test("what only a new key can mend is altered too, and one finding with what changes in place", () => {
  const live = [aLiveKey({ roles: USER, expiresAt: at(200 * DAY_MS), description: "x" })];
  const facts = changedFacts({ live });
  const [finding, ...others] = driftOf(facts).findings;
  expect(others).toEqual([]);
  expect(finding?.fields?.map(({ field }) => field)).toEqual(["roles", "expires", "description"]);
  expect(driftOf(facts).fixes).toEqual([]);
  expect(linesOf(driftOf(facts, { altered: "fix" }).fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a role and a policy that somebody changed are altered, and a role that is gone is missing", () => {
  const before: Before = {
    roles: [aDesiredRole(), aDesiredRole({ name: "viewer" })],
    policy: aDesiredPolicy(),
  };
  const after: FactsParts = {
    liveRoles: [aLiveRole({ permissions: ["View catalogs"] })],
    livePolicy: { ...livePolicy, maxLifetimeDays: 400 },
  };
  const { findings, fixes } = driftOf(changedFacts(after, before));
  expect(findings.map(({ key, response }) => `${key} ${response}`)).toEqual([
    "missing/Role/viewer fix",
    "altered/Role/editor report",
    "altered/SecurityPolicy/policy report",
  ]);
  expect(findings[0]).toMatchObject({ message: "gone from the store" });
  expect(findings[1]).not.toHaveProperty("generation");
  expect(linesOf(fixes)).toEqual(["create Role viewer"]);
});

const EMPTY = [[SLOT, { type: "empty" }]] as const;
const SPOILED = [[SLOT, { type: "value", fingerprint: "fp-x", last4: "zzzz" }]] as const;

test.each([
  ["emptied", EMPTY, "local: path=ci/scanner holds no value"],
  ["spoiled", SPOILED, "local: path=ci/scanner holds another value"],
])("a slot that was %s is told, and its key rotated", (_what, slots, message) => {
  const { findings, fixes } = driftOf(changedFacts({ slots }));
  expect(findings).toMatchObject([
    { class: "sink-stale", message, response: "fix", key: "sink-stale/ApiKey/scanner/g1" },
  ]);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a slot that lost its value gets it from another that has it", () => {
  const key = aDesiredKey({ deliverTo: [SLOT, OTHER] });
  const record = aRecord(aLiveKey(), {
    current: aCurrent(aLiveKey(), { receipts: [aReceipt(SLOT, aLiveKey()), aReceipt(OTHER, aLiveKey())] }),
  });
  const after: FactsParts = {
    records: [record],
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  };
  const { findings, fixes } = driftOf(changedFacts(after, { keys: [key] }));
  expect(findings).toMatchObject([{ class: "sink-stale", message: "other: path=copy holds no value" }]);
  expect(linesOf(fixes)).toEqual(["update ApiKey scanner"]);
});

test("a slot that is new in the manifest has lost nothing", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, OTHER] })];
  const after: FactsParts = {
    keys,
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  };
  expect(classesOf(findingsOf(after))).toEqual(["unapplied-commit Manifests"]);
  const both = findingsOf({ keys, slots: [...EMPTY, [OTHER, { type: "empty" }]] });
  expect(classesOf(both)).toEqual(["sink-stale ApiKey scanner", "unapplied-commit Manifests"]);
  expect(both[0]?.message).toBe("local: path=ci/scanner holds no value");
});

test("a slot that could not be read has lost nothing, as far as can be known", () => {
  expect(findingsOf({ slots: [[SLOT, { type: "unreadable", message: "m" }]] })).toEqual([]);
});

test("a slot of a key that the ledger does not know is judged by its last characters", () => {
  const after: FactsParts = { records: [], slots: SPOILED };
  expect(classesOf(findingsOf(after))).toEqual(["sink-stale ApiKey scanner", "orphan ApiKey scanner"]);
});

test("a key with our marker that the ledger does not know is an orphan, and nobody revokes it", () => {
  const ghost = aLiveKey({ id: "ak9", last4: "gggg" }, { name: "ghost", operation: "op9" });
  const fixAll = { "unapplied-commit": "fix", altered: "fix" } as const;
  const { findings, fixes, due } = driftOf(changedFacts({ live: [aLiveKey(), ghost] }), fixAll);
  expect(findings).toMatchObject([
    {
      class: "orphan",
      name: "ghost",
      id: "ak9",
      message: "the ledger does not know ak9 (…gggg), which carries our marker",
      response: "report",
      key: "orphan/ApiKey/ghost/ak9",
    },
  ]);
  expect([...fixes, ...due]).toEqual([]);
});

test("a declared key that the ledger does not know is an orphan until another takes its place", () => {
  const [finding] = findingsOf({ records: [] });
  expect(finding).toMatchObject({
    class: "orphan",
    name: "scanner",
    hint: expect.stringContaining("keywright rotate NAME"),
  });
});

test("a key whose marker was copied to another, or that another ledger made, is an orphan", () => {
  const twins = findingsOf({ live: [aLiveKey(), aLiveKey({ id: "ak2" })] });
  expect(twins).toMatchObject([
    { class: "orphan", key: "orphan/ApiKey/scanner/g1", message: expect.stringContaining("two live keys") },
  ]);
  const newer = findingsOf({
    live: [aLiveKey(), aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" })],
  });
  expect(newer).toMatchObject([
    { class: "orphan", message: expect.stringContaining("the ledger ends at 1") },
  ]);
  const unknown = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
  const second = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  const older = findingsOf({ live: [unknown, second], records: [aRecord(second)] });
  expect(older).toMatchObject([{ class: "orphan", message: expect.stringContaining("does not know ak0") }]);
});

test("a role that is marked as ours and that no run made is an orphan", () => {
  const after = { liveRoles: [aLiveRole()] };
  expect(classesOf(findingsOf(after))).toEqual(["orphan Role editor"]);
  expect(driftOf(changedFacts(after), { "unapplied-commit": "fix" }).fixes).toEqual([]);
});

const stranger = { id: "x1", displayName: "Mine", createdAt: at(-HOUR_MS) };

test("a key of others is told until somebody knows it", () => {
  expect(findingsOf({ foreign: strangers(stranger) })).toEqual([
    {
      class: "foreign",
      kind: "ApiKey",
      id: "x1",
      message: `"Mine" was made ${at(-HOUR_MS)}, and nobody knows of it here`,
      hint: expect.stringContaining("--acknowledge"),
      response: "report",
      key: "foreign/ApiKey/x1",
    },
  ]);
  expect(findingsOf({ foreign: strangers(stranger) }, { known: { ids: ["x1"] } })).toEqual([]);
});

test("keys of another instance are known by the instance, for it rotates them", () => {
  const foreign = strangers({ ...stranger, instance: "staging" });
  const [finding] = findingsOf({ foreign });
  expect(finding?.message).toContain("the marker of another instance, staging");
  expect(finding?.hint).toContain("all its keys");
  expect(findingsOf({ foreign }, { known: { instances: ["staging"] } })).toEqual([]);
  expect(findingsOf({ foreign }, { known: { instances: ["other"] } })).toHaveLength(1);
});

test("before anybody said which keys were there, that is what a foreign key's hint says", () => {
  expect(findingsOf({ foreign: strangers(stranger) }, { known: null })[0]?.hint).toMatch(
    /^nobody has said yet/,
  );
});

test("a key that lost its marker is altered, and neither missing nor foreign", () => {
  const retiring = { operation: "op0", id: "x1", retireAt: at(HOUR_MS) };
  const foreign = { ...strangers({ ...stranger, id: "ak1" }, stranger), ids: ["ak1"] };
  const { findings, fixes } = driftOf(
    changedFacts({ live: [], foreign, records: [aRecord(aLiveKey(), { retiring: [retiring] })] }),
  );
  expect(findings).toMatchObject([
    { class: "altered", name: "scanner", response: "report", hint: expect.any(String) },
  ]);
  expect(fixes).toEqual([]);
});

test("a live key that the policy would not allow is told for itself", () => {
  const before: Before = { policy: aDesiredPolicy({ maxLifetimeDays: 30 }) };
  const after: FactsParts = { livePolicy: { ...livePolicy, maxLifetimeDays: 30 } };
  expect(findingsOf(after, before)).toMatchObject([
    {
      class: "not-compliant",
      id: "ak1",
      key: "not-compliant/ApiKey/scanner/ak1",
      message: "ak1 (…aaaa) lives 90d; the policy allows 30d",
    },
  ]);
  expect(findingsOf({ livePolicy: { ...livePolicy, maxLifetimeDays: 365 } })).toEqual([]);
});

test("an attempt of a name that is no longer declared is cleared by schedule, and names no key", () => {
  const begun: KeyRecord = {
    name: "gone",
    version: 1,
    retiring: [],
    protected: false,
    intent: anIntent(1, "op7"),
  };
  const { findings, due } = driftOf(changedFacts({ records: [aRecord(), begun] }));
  expect(findings).toEqual([]);
  expect(due).toMatchObject([
    { action: "revoke", name: "gone", message: expect.not.stringContaining("(none)") },
  ]);
});

test("an adopted key against the policy is replaced by taking custody of it", () => {
  const before: Before = { ...adopted, policy: aDesiredPolicy({ maxLifetimeDays: 30 }) };
  const after: FactsParts = { livePolicy: { ...livePolicy, maxLifetimeDays: 30 } };
  const finding = findingsOf(after, before).find(({ class: name }) => name === "not-compliant");
  expect(finding?.hint).toContain("keywright take-custody NAME");
});

test("a rotation that the store's policy holds back is told before the key ends", () => {
  const now = new Date(NOW.getTime() + 70 * DAY_MS);
  const after: FactsParts = { now, livePolicy: { ...livePolicy, maxLifetimeDays: 89 } };
  const { findings, due, fixes } = driftOf(changedFacts(after));
  expect(findings.map(({ key }) => key)).toEqual([
    "not-compliant/ApiKey/scanner/ak1",
    "not-compliant/ApiKey/scanner/g1",
  ]);
  expect(due).toMatchObject([
    { action: "rotate", message: expect.stringMatching(/due since .*; left alone: /) },
  ]);
  expect(fixes).toEqual([]);
});

test("an expired key is told as that, also where no new one may be made", () => {
  const after: FactsParts = {
    now: new Date(NOW.getTime() + 80 * DAY_MS),
    livePolicy: { ...livePolicy, maxLifetimeDays: 89 },
  };
  const [finding] = findingsOf(after);
  expect(finding).toMatchObject({
    class: "expired",
    response: "report",
    hint: expect.stringContaining("policy"),
  });
});

test("what was applied and cannot be any more is altered in the store", () => {
  const keys = [aDesiredKey({ roles: [{ type: "custom", tag: "editor" }] })];
  const roles = [aDesiredRole()];
  const live = [aLiveKey({ roles: [{ type: "custom", tag: "editor" }] })];
  const findings = findingsOf({ foreign: { keys: 0, roles: ["editor"] } }, { keys, roles, live });
  expect(findings).toMatchObject([
    { class: "altered", kind: "Role", name: "editor", message: "a role of this tag exists and is not ours" },
  ]);
});

test("a manifest that changed is told once for all, and its fields are not called altered", () => {
  const keys = [
    aDesiredKey({ displayName: "New", roles: USER }),
    aDesiredKey({ name: "more", deliverTo: [OTHER] }),
  ];
  const slots = [
    [SLOT, holding(aLiveKey())],
    [OTHER, { type: "empty" }],
  ] as const;
  expect(findingsOf({ keys, slots }, { applied: { commit: "b".repeat(40) } })).toEqual([
    {
      class: "unapplied-commit",
      kind: "Manifests",
      message: "commit aaaaaaaaaaaa is not applied (the last one was bbbbbbbbbbbb): 2 changes wait",
      details: ["create ApiKey more", "rotate ApiKey scanner: roles, displayName"],
      hint: "review `keywright plan`, then `keywright apply`",
      response: "report",
      key: "unapplied-commit/manifests",
    },
  ]);
});

test.each<[string, FactsParts, string]>([
  ["removed", { keys: [], slots: [] }, "revoke ApiKey scanner"],
  [
    "given another serial",
    { keys: [aDesiredKey({ rotation: { ...aDesiredKey().rotation, serial: 2 } })] },
    "rotate ApiKey scanner: rotation serial changes from none to 2",
  ],
  [
    "renamed",
    { keys: [aDesiredKey({ name: "new", previousNames: ["scanner"] })] },
    "update ApiKey new: name",
  ],
  ["protected", { keys: [aDesiredKey({ protected: true })] }, "update ApiKey scanner: protected"],
  [
    "moved",
    { keys: [aDesiredKey({ deliverTo: [OTHER] })], slots: [[OTHER, { type: "empty" }]] },
    "rotate ApiKey scanner: deliverTo",
  ],
  [
    "given a level that the store has not",
    { keys: [aDesiredKey({ securityLevel: "advanced" })] },
    "rotate ApiKey scanner: securityLevel; left alone: this store has no keys of security level advanced",
  ],
])("a key that was %s in the manifests waits for an apply", (_what, after, detail) => {
  const [finding, ...others] = findingsOf(after);
  expect(others).toEqual([]);
  expect(finding?.class).toBe("unapplied-commit");
  expect(finding?.details).toEqual([detail]);
});

test("a manifest that changed what needs nothing done is no finding", () => {
  const rotation = { ...aDesiredKey().rotation, overlapMs: 2 * HOUR_MS };
  expect(findingsOf({ keys: [aDesiredKey({ rotation })] })).toEqual([]);
});

test("where no run has said what it applied, nobody can tell drift from a commit", () => {
  const after: FactsParts = { live: [aLiveKey({ displayName: "Mine" })] };
  const facts = changedFacts(after, { applied: null });
  expect(driftOf(facts).findings).toMatchObject([
    {
      class: "unapplied-commit",
      message: "commit aaaaaaaaaaaa is not applied: 1 change waits",
      hint: expect.stringMatching(/^the ledger does not say/),
    },
  ]);
  expect(driftOf(facts, { altered: "fix" }).fixes).toEqual([]);
});

test("a key that is missing and whose manifest changed is both, and waits for the apply", () => {
  const after: FactsParts = { keys: [aDesiredKey({ roles: USER })], live: [] };
  const facts = changedFacts(after);
  expect(driftOf(facts).findings.map(({ class: name, response }) => `${name} ${response}`)).toEqual([
    "missing report",
    "unapplied-commit report",
  ]);
  expect(driftOf(facts).fixes).toEqual([]);
  expect(linesOf(driftOf(facts, { "unapplied-commit": "fix" }).fixes)).toEqual(["create ApiKey scanner"]);
});

test("what the schedule brings is due and no finding", () => {
  const later = { now: new Date(NOW.getTime() + 70 * DAY_MS) };
  const { findings, due, fixes } = driftOf(changedFacts(later));
  expect(findings).toEqual([]);
  expect(due).toMatchObject([
    { action: "rotate", kind: "ApiKey", name: "scanner", message: expect.stringMatching(/^due since /) },
  ]);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a due rotation of a protected key waits to be named, and is no finding", () => {
  const before: Before = {
    keys: [aDesiredKey({ protected: true })],
    records: [aRecord(aLiveKey(), { protected: true })],
  };
  const facts = changedFacts({ now: new Date(NOW.getTime() + 70 * DAY_MS) }, before);
  const held = driftOf(facts);
  expect(held).toMatchObject({
    findings: [],
    fixes: [],
    due: [{ message: expect.stringContaining("it is protected") }],
  });
  expect(linesOf(driftOf(facts, {}, { allowed: ["scanner"] }).fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a due rotation mends on its way what is only reported", () => {
  const live = [aLiveKey({ roles: USER })];
  const { findings, fixes } = driftOf(changedFacts({ live, now: new Date(NOW.getTime() + 70 * DAY_MS) }));
  expect(findings).toMatchObject([{ class: "altered", response: "report" }]);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner"]);
});

test("a rotation that is due waits for its manifest to be applied", () => {
  const now = new Date(NOW.getTime() + 70 * DAY_MS);
  const { findings, fixes } = driftOf(changedFacts({ keys: [aDesiredKey({ displayName: "New" })], now }));
  expect(classesOf(findings)).toEqual(["unapplied-commit Manifests"]);
  expect(fixes).toEqual([]);
});

test("what a run began and did not end is due, if it was for this very manifest", () => {
  const intent = { ...anIntent(2, "op2"), request: mintRequest(aDesiredKey()) };
  const begun: FactsParts = { records: [aRecord(aLiveKey(), { intent })], slots: EMPTY };
  expect(driftOf(changedFacts(begun))).toMatchObject({
    findings: [],
    due: [{ action: "rotate" }],
    fixes: [{ action: "rotate" }],
  });
  expect(driftOf(changedFacts({ ...begun, live: [] }))).toMatchObject({
    findings: [],
    due: [{ action: "create" }],
  });
  const changed = changedFacts({
    ...begun,
    keys: [aDesiredKey({ roles: USER })],
    slots: [[SLOT, holding(aLiveKey())]],
  });
  expect(classesOf(driftOf(changed).findings)).toEqual(["unapplied-commit Manifests"]);
  expect(
    classesOf(driftOf(changedFacts({ ...begun, live: [], keys: [aDesiredKey({ roles: USER })] })).findings),
  ).toEqual(["unapplied-commit Manifests"]);
});

const old = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
const second = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });

test("the end of an overlap is due", () => {
  const records = [aRecord(second, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(-HOUR_MS) }] })];
  const after: FactsParts = { live: [old, second], records, slots: [[SLOT, holding(second)]] };
  expect(driftOf(changedFacts(after))).toMatchObject({
    findings: [],
    due: [{ action: "revoke", message: "ak0 (…aaaa) was replaced, and its overlap is over" }],
    fixes: [{ action: "revoke" }],
  });
});

test("a leaked key goes by itself", () => {
  const { findings, due, fixes } = driftOf(
    changedFacts({ records: [aRecord(aLiveKey(), { leaked: ["op1"] })] }),
  );
  expect(findings).toEqual([]);
  expect(due).toHaveLength(2);
  expect(linesOf(fixes)).toEqual(["rotate ApiKey scanner", "revoke ApiKey scanner"]);
});

test("what is left over after a change of slots is put in order", () => {
  const records = [
    aRecord(aLiveKey(), {
      current: aCurrent(aLiveKey(), { receipts: [aReceipt(SLOT, aLiveKey()), aReceipt(OTHER, aLiveKey())] }),
    }),
  ];
  expect(driftOf(changedFacts({ records }))).toMatchObject({
    findings: [],
    due: [{ action: "update", message: "what an earlier run left is put in order" }],
  });
});

test("a role that is no longer declared goes by itself once no key has it", () => {
  const after: FactsParts = { liveRoles: [aLiveRole()] };
  const facts = changedFacts(after, { applied: { items: { "Role/editor": "-" } } });
  expect(driftOf(facts).due).toMatchObject([{ action: "revoke", kind: "Role", name: "editor" }]);
  const declared = changedFacts(after, { applied: { items: { "Role/editor": "0123456789abcdef" } } });
  expect(classesOf(driftOf(declared).findings)).toEqual(["unapplied-commit Manifests"]);
  expect(classesOf(driftOf(changedFacts(after, { applied: null })).findings)).toEqual([
    "unapplied-commit Manifests",
  ]);
});

test("findings have the order of their classes, and say the same later, however the facts are ordered", () => {
  const after: FactsParts = {
    live: [aLiveKey({ id: "ak9" }, { name: "ghost", operation: "op9" }), aLiveKey({ displayName: "Mine" })],
    slots: EMPTY,
    foreign: strangers(stranger, { ...stranger, id: "a1" }),
    liveRoles: [aLiveRole()],
  };
  const first = driftOf(changedFacts(after)).findings;
  const reversed = {
    ...after,
    live: after.live?.toReversed() ?? [],
    foreign: strangers({ ...stranger, id: "a1" }, stranger),
  };
  const later = driftOf(changedFacts({ ...reversed, now: new Date(NOW.getTime() + DAY_MS) })).findings;
  expect(later).toEqual(first);
  expect(first.map(({ key }) => key)).toEqual([
    "altered/ApiKey/scanner/g1",
    "sink-stale/ApiKey/scanner/g1",
    "orphan/ApiKey/ghost/ak9",
    "orphan/Role/editor",
    "foreign/ApiKey/a1",
    "foreign/ApiKey/x1",
  ]);
});

test("what is ignored is neither told nor mended", () => {
  const { findings, fixes } = driftOf(changedFacts({ live: [] }), { missing: "ignore" });
  expect(findings).toMatchObject([{ class: "missing", response: "ignore" }]);
  expect(fixes).toEqual([]);
});

test("nothing is found before the first key either, but that the manifests are not applied", () => {
  const facts = someFacts({ live: [], records: [], slots: EMPTY });
  expect(classesOf(driftOf(facts).findings)).toEqual(["unapplied-commit Manifests"]);
});

/** Made by somebody else, its value held elsewhere. */
const adopted: Before = {
  keys: [aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [] })],
  records: [aRecord(aLiveKey(), { current: aCurrent(aLiveKey(), { receipts: [] }) })],
  slots: [],
};

test("an adopted key that was altered, expired or deleted is told, and nothing takes its place", () => {
  expect(findingsOf({}, adopted)).toEqual([]);
  const altered = findingsOf({ live: [aLiveKey({ roles: USER })] }, adopted);
  expect(altered).toMatchObject([
    { class: "altered", name: "scanner", message: expect.stringContaining("roles change") },
  ]);
  for (const over of [{ expiresAt: at(-HOUR_MS) }, { status: "expired" }] as const) {
    const [finding] = findingsOf({ live: [aLiveKey(over)] }, adopted);
    expect(finding).toMatchObject({ class: "expired", response: "report" });
  }
  const gone = driftOf(changedFacts({ live: [] }, adopted));
  expect(gone.findings).toMatchObject([{ class: "missing", response: "report" }]);
  expect(gone.fixes).toEqual([]);
});

test("an adopted key is ours, though no ledger tells of it", () => {
  const before: Before = { ...adopted, records: [] };
  expect(findingsOf({}, before)).toEqual([]);
  const stranger = aLiveKey({ id: "ak0" }, { operation: "op2" });
  const [other, ...more] = findingsOf({ live: [aLiveKey(), stranger] }, before);
  expect(more).toEqual([]);
  expect(other).toMatchObject({
    class: "orphan",
    id: "ak0",
    hint: expect.stringContaining("keywright take-custody NAME"),
  });
});

test("an adopted key whose manifest is gone is to be revoked, and no orphan but for another beside it", () => {
  const before: Before = { ...adopted, records: [] };
  const removed = (live = [aLiveKey()]): Facts => {
    const facts = changedFacts({ live }, before);
    return { ...facts, desired: { ...facts.desired, keys: [] } };
  };
  const [finding, ...more] = driftOf(removed()).findings;
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ class: "unapplied-commit", details: ["revoke ApiKey scanner"] });
  const stranger = aLiveKey({ id: "ak2" }, { operation: "op2" });
  expect(classesOf(driftOf(removed([aLiveKey(), stranger])).findings)).toEqual([
    "orphan ApiKey scanner",
    "orphan ApiKey scanner",
  ]);
});

test("a key that is to be adopted waits for the apply, and one that lost its marker and its record is altered", () => {
  const { marker: _, ...byHand } = aLiveKey();
  const parts = { ...adopted, live: [], records: [] };
  const facts = { ...changedFacts({}, parts), requests: [] };
  const withKey = { ...facts, live: { ...facts.live, adoptable: [byHand] } };
  expect(driftOf(withKey).findings).toMatchObject([
    {
      class: "altered",
      id: "ak1",
      message: "ak1 does not carry our marker any more",
      hint: expect.stringContaining("keywright apply"),
    },
  ]);
  const first = changedFacts({}, { ...parts, applied: { items: {} } });
  const drift = driftOf({ ...first, live: { ...first.live, adoptable: [byHand] } });
  expect(drift.findings).toMatchObject([{ class: "unapplied-commit", details: ["adopt ApiKey scanner"] }]);
});

test("an IP allowlist that somebody changed is altered, entry by entry", () => {
  const entry = { address: "10.0.0.0/8", description: "office" };
  const origin = { file: "ips.yaml", line: 1, column: 1 };
  const allowlist = { kind: "IpAllowlist", name: "ips", entries: [entry], origin } as const;
  const plain = changedFacts({ capabilities: { manages: ["IpAllowlist"] } });
  const desired = { ...plain.desired, allowlist };
  const record = { name: BASELINE_RECORD, version: 1, retiring: [], protected: false };
  const baseline = { applied: { at: at(0), items: Object.fromEntries(itemDigests(desired)) } };
  const records = new Map([...plain.records, [BASELINE_RECORD, { ...record, baseline }]]);
  const live = { ...plain.live, allowlist: { kind: "IpAllowlist", entries: [] } } as const;
  expect(driftOf({ ...plain, desired, records, live }).findings).toMatchObject([
    { class: "altered", kind: "IpAllowlist", name: "ips", fields: [{ field: "10.0.0.0/8", to: "office" }] },
  ]);
});

test.each([
  ["SECRET_SOURCE_EMPTY", "empty", ["sink-stale Secret token"]],
  ["SECRET_SOURCE_UNREADABLE", "unreadable", []],
] as const)("%s: what is found of a Secret whose source is %s", (_code, type, expected) => {
  const plain = changedFacts({ capabilities: { manages: ["Secret"] } });
  const origin = { file: "s.yaml", line: 1, column: 1 };
  const secret = {
    kind: "Secret",
    name: "token",
    tag: "token",
    displayName: "Token",
    valueFrom: SLOT,
    origin,
  } as const;
  const desired = { ...plain.desired, secrets: [secret] };
  const record = { name: BASELINE_RECORD, version: 1, retiring: [], protected: false };
  const baseline = { applied: { at: at(0), items: Object.fromEntries(itemDigests(desired)) } };
  const records = new Map([...plain.records, [BASELINE_RECORD, { ...record, baseline }]]);
  const secretValues = new Map([["token", type === "empty" ? { type } : { type, message: "m" }]]);
  expect(classesOf(driftOf({ ...plain, desired, records, secretValues }).findings)).toEqual(expected);
});

test("without a commit the manifests are named, and other names of the policy's hold are left as they are", () => {
  const facts = changedFacts({
    keys: [
      aDesiredKey({ expires: { type: "never" } }),
      aDesiredKey({ name: "other", displayName: "x", deliverTo: [OTHER] }),
    ],
    livePolicy,
    liveRoles: [aLiveRole()],
    slots: [
      [SLOT, holding(aLiveKey())],
      [OTHER, { type: "empty" }],
    ],
  });
  const plan = { ...aPlan(facts), source: { type: "directory", location: "." } } as const;
  const { findings } = findDrift(facts, plan, someLimits(), DEFAULT_DRIFT_POLICY);
  expect(classesOf(findings)).toEqual(["orphan Role editor", "unapplied-commit Manifests"]);
  expect(findings[1]).toMatchObject({
    message: "the manifests are not applied: 2 changes wait",
    details: [
      "create ApiKey other",
      expect.stringMatching(/^rotate ApiKey scanner: expires; left alone: never expires/),
    ],
  });
});

test("a role that nobody applied waits with its key", () => {
  const keys = [aDesiredKey({ roles: [{ type: "custom", tag: "editor" }] })];
  expect(findingsOf({ keys, roles: [aDesiredRole()] })[0]?.details).toEqual([
    "create Role editor",
    "rotate ApiKey scanner: roles",
  ]);
});

test("a manifest that cannot be applied is told, also where commits are applied by a fix", () => {
  const facts = changedFacts({ keys: [aDesiredKey({ securityLevel: "advanced" })] });
  expect(driftOf(facts, { "unapplied-commit": "fix" })).toMatchObject({
    findings: [{ response: "report" }],
    fixes: [],
  });
});
