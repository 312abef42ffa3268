import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  anEmptyRecord,
  anIntent,
  aReceipt,
  aRecord,
  at,
  holding,
  NOW,
  SLOT,
} from "./a-key.fixture.ts";
import type { CreateKey, KeyChange, RevokeKey, RotateKey, UpdateKey } from "./change.ts";
import type { DesiredKey, Slot } from "./desired.ts";
import { diff } from "./diff.ts";
import { diffKey } from "./diff-key.ts";
import type { KeyGroup } from "./key-group.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import type { KeyRecord } from "./key-record.ts";
import { type FactsParts, linesFor, someFacts } from "./some-facts.fixture.ts";

const VAULT: Slot = { sink: "vault", path: "b" };
const USER = [{ type: "default", role: "USER" }] as const;

const old = aLiveKey({ id: "ak0", last4: "0000" }, { generation: 1, operation: "op0" });
const current = aLiveKey({}, { generation: 2 });
const record = aRecord(current);

/** The second generation is current and in its slot; `parts` says what else there is. */
const facts = (parts: FactsParts = {}) =>
  someFacts({ live: [current], records: [record], slots: [[SLOT, holding(current)]], ...parts });

const changesFor = (parts: FactsParts): readonly KeyChange[] =>
  diff(facts(parts)).changes.filter((change) => change.kind === "ApiKey");

const only = (parts: FactsParts): KeyChange => {
  const [change, ...others] = changesFor(parts);
  expect(others).toEqual([]);
  if (!change) throw new Error("there is no change");
  return change;
};

const updateOf = (parts: FactsParts): UpdateKey => only(parts) as UpdateKey;
const revocationsFor = (parts: FactsParts): readonly (readonly [string, RevokeKey["reason"]])[] =>
  changesFor(parts).flatMap((change) =>
    change.action === "revoke" ? [[change.key.id, change.reason] as const] : [],
  );

const retiring = (ms: number, over: Partial<KeyRecord> = {}): KeyRecord =>
  aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(ms) }], ...over });

test("a key that is as declared, recorded and in its sink is left alone", () => {
  expect(changesFor({})).toEqual([]);
});

// ── Create ───────────────────────────────────────────────────────────────────────────────────────────────

test("a key that is declared and not in the store is created", () => {
  const change = only({ live: [], records: [] }) as CreateKey;
  expect(change).toMatchObject({ action: "create", name: "scanner", desired: aDesiredKey() });
  expect(change.reasons).toEqual([{ code: "new", message: "declared and not in the store" }]);
});

test("a key that is gone from the store is created again, and the reason names it", () => {
  const { reasons } = only({ live: [] }) as CreateKey;
  expect(reasons).toEqual([{ code: "missing", message: "key ak1 is gone from the store" }]);
});

test("a first mint that died is taken up", () => {
  const { reasons } = only({
    live: [],
    records: [anEmptyRecord({ intent: anIntent(1, "op1") })],
  }) as CreateKey;
  expect(reasons).toEqual([
    { code: "unfinished", message: "an earlier run began generation 1 and did not end it" },
  ]);
});

test("no key is minted that would be dead on arrival, and none is replaced by one", () => {
  const keys = [aDesiredKey({ expires: { type: "at", instant: at(0) } })];
  expect(changesFor({ keys, live: [], records: [] })).toEqual([]);
  expect(changesFor({ keys })).toEqual([]);
  const alive = [aDesiredKey({ expires: { type: "at", instant: at(1) } })];
  expect(linesFor(facts({ keys: alive, live: [], records: [] }))).toEqual(["create ApiKey scanner"]);
});

test("while a lost key is created anew, what is in its overlap stays, and what is past it goes after", () => {
  expect(linesFor(facts({ live: [old], records: [retiring(1)] }))).toEqual(["create ApiKey scanner"]);
  const parts = { live: [old], records: [retiring(0)] };
  expect(linesFor(facts(parts))).toEqual(["create ApiKey scanner", "revoke ApiKey scanner"]);
  expect(revocationsFor(parts)).toEqual([["ak0", "superseded"]]);
});

test("while a lost key cannot be created anew, nothing valid goes", () => {
  const keys = [aDesiredKey({ expires: { type: "at", instant: at(0) } })];
  expect(changesFor({ keys, live: [old], records: [retiring(0)] })).toEqual([]);
});

test("a half-made key that no ledger knows is left to end by itself", () => {
  const parts = { live: [{ ...old, status: "pending" as const }], records: [] };
  expect(linesFor(facts(parts))).toEqual(["create ApiKey scanner"]);
});

// ── Rotate ───────────────────────────────────────────────────────────────────────────────────────────────

test("a rotation names the key that it replaces, its reasons and every field that changes", () => {
  const keys = [
    aDesiredKey({
      roles: USER,
      expires: { type: "after", ms: 30 * DAY_MS },
      securityLevel: "standard",
      description: "Scans more",
    }),
  ];
  const change = only({ keys }) as RotateKey;
  expect(change.action).toBe("rotate");
  expect(change.current).toEqual({
    id: "ak1",
    last4: "aaaa",
    status: "active",
    createdAt: current.createdAt,
    expiresAt: current.expiresAt,
    generation: 2,
    operation: "op1",
  });
  expect(change.reasons.map(({ code }) => code)).toEqual(["roles-changed", "expiry-changed"]);
  expect(change.fields).toEqual([
    { field: "roles", from: "READ_ONLY", to: "USER" },
    { field: "expires", from: at(80 * DAY_MS), to: "30d after it is minted" },
    { field: "description", from: "Scans", to: "Scans more" },
  ]);
});

test("a rotation to an advanced key with an end shows both, also for a key that had no end", () => {
  const { expiresAt: _, ...unending } = current;
  const change = changesFor({
    keys: [aDesiredKey({ securityLevel: "advanced" })],
    live: [unending],
    capabilities: { securityLevels: ["standard", "advanced"] },
  })[0] as RotateKey;
  expect(change.current).not.toHaveProperty("expiresAt");
  expect(change.fields).toEqual([
    { field: "expires", from: "never", to: "90d after it is minted" },
    { field: "securityLevel", from: "standard", to: "advanced" },
  ]);
});

test("an unfinished rotation is taken up, and its half-made key is not revoked", () => {
  const half = aLiveKey({ id: "ak2", status: "pending" }, { generation: 3, operation: "op2" });
  const records = [aRecord(current, { intent: anIntent(3, "op2") })];
  expect(linesFor(facts({ live: [current, half], records }))).toEqual(["rotate ApiKey scanner"]);
});

// ── Update ───────────────────────────────────────────────────────────────────────────────────────────────

test("what the store can change in place is changed in place", () => {
  const keys = [
    aDesiredKey({ displayName: "S", description: "D", owner: "o", labels: { tier: "internal", team: "x" } }),
  ];
  expect(updateOf({ keys })).toMatchObject({ action: "update", copyTo: [], removeFrom: [] });
  expect(updateOf({ keys }).fields).toEqual([
    { field: "displayName", from: "Scanner", to: "S" },
    { field: "description", from: "Scans", to: "D" },
    { field: "owner", from: "platform", to: "o" },
    { field: "labels", from: "tier=internal", to: "team=x, tier=internal" },
  ]);
});

test("an owner that is no longer declared is taken out", () => {
  const { owner: _, ...key } = aDesiredKey();
  expect(updateOf({ keys: [key] }).fields).toEqual([{ field: "owner", from: "platform" }]);
});

test("roles are changed in place where the store can", () => {
  const capabilities = { updatable: ["roles"] } as const;
  const change = updateOf({ keys: [aDesiredKey({ roles: USER, description: "other" })], capabilities });
  expect(change.fields).toEqual([{ field: "roles", from: "READ_ONLY", to: "USER" }]);
});

test("labels that only read alike are different labels", () => {
  const live = [{ ...current, labels: { a: "1", b: "2" } }];
  expect(updateOf({ live, keys: [aDesiredKey({ labels: { a: "1, b=2" } })] }).fields).toEqual([
    { field: "labels", from: "a=1, b=2", to: '"a=1, b=2"' },
  ]);
});

test("the order of labels is no difference", () => {
  const live = [{ ...current, labels: { a: "1", b: "2" } }];
  expect(changesFor({ live, keys: [aDesiredKey({ labels: { b: "2", a: "1" } })] })).toEqual([]);
});

test("protection is remembered in the ledger as soon as it is declared or withdrawn", () => {
  expect(updateOf({ keys: [aDesiredKey({ protected: true })] }).fields).toEqual([
    { field: "protected", from: "false", to: "true" },
  ]);
  expect(updateOf({ records: [aRecord(current, { protected: true })] }).fields).toEqual([
    { field: "protected", from: "true", to: "false" },
  ]);
  expect(updateOf({ keys: [aDesiredKey({ protected: true })], records: [] }).fields).toHaveLength(1);
  expect(changesFor({ records: [] })).toEqual([]);
});

test("a rename keeps the secret", () => {
  const change = updateOf({ keys: [aDesiredKey({ name: "reader", previousNames: ["scanner"] })] });
  expect(change).toMatchObject({ action: "update", name: "reader", renamedFrom: "scanner" });
  expect(change.fields).toEqual([{ field: "name", from: "scanner", to: "reader" }]);
});

test("a rename that died between store and ledger is taken up", () => {
  const renamed = aLiveKey({}, { generation: 2, name: "reader" });
  const change = updateOf({
    keys: [aDesiredKey({ name: "reader", previousNames: ["scanner"] })],
    live: [renamed],
  });
  expect(change.renamedFrom).toBe("scanner");
});

test("a rename that also needs a new key comes as a rename, then a rotation", () => {
  const keys = [
    aDesiredKey({ name: "reader", previousNames: ["scanner"], roles: USER, description: "other" }),
  ];
  const [update, rotation] = changesFor({ keys });
  expect(update?.action).toBe("update");
  expect((update as UpdateKey).fields).toEqual([{ field: "name", from: "scanner", to: "reader" }]);
  expect(rotation?.action).toBe("rotate");
});

test("a value that one sink lost is copied from another instead of rotating", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT] })];
  for (const reading of [{ type: "empty" }, holding(old)] as const) {
    const change = updateOf({
      keys,
      slots: [
        [SLOT, holding(current)],
        [VAULT, reading],
      ],
    });
    expect(change).toMatchObject({ action: "update", copyTo: [VAULT], removeFrom: [] });
    expect(change.fields).toEqual([{ field: "deliverTo", to: "vault: path=b" }]);
  }
});

test("a value is copied without a record too, when its last characters agree", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT] })];
  const change = updateOf({
    keys,
    records: [],
    slots: [
      [SLOT, holding(current)],
      [VAULT, { type: "empty" }],
    ],
  });
  expect(change.copyTo).toEqual([VAULT]);
});

test("without a record a copy also goes where nobody can look", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT, { sink: "actions", path: "c" }] })];
  const blind = [{ sink: "actions", path: "c" }, { type: "blind" }] as const;
  const parts = { keys, records: [] };
  const lost = updateOf({ ...parts, slots: [[SLOT, holding(current)], [VAULT, { type: "empty" }], blind] });
  expect(lost.copyTo).toEqual([VAULT, blind[0]]);
  expect(
    changesFor({ ...parts, slots: [[SLOT, holding(current)], [VAULT, holding(current)], blind] }),
  ).toEqual([]);
});

test("a copy passes over a sink that cannot be read now", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT, { sink: "other", path: "c" }] })];
  const unreadable = [
    { sink: "other", path: "c" },
    { type: "unreadable", message: "timeout" },
  ] as const;
  const { copyTo } = updateOf({
    keys,
    slots: [[SLOT, holding(current)], [VAULT, { type: "empty" }], unreadable],
  });
  expect(copyTo).toEqual([VAULT]);
});

test("a value that no readable sink has any more means a rotation", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT] })];
  const blindRecord = aRecord(current, {
    current: aCurrent(current, { receipts: [aReceipt(VAULT, current)] }),
  });
  const change = only({
    keys,
    records: [blindRecord],
    slots: [
      [SLOT, { type: "empty" }],
      [VAULT, { type: "blind" }],
    ],
  });
  expect(change).toMatchObject({ action: "rotate", reasons: [{ code: "sink-empty" }] });
});

const versioned = (slots: readonly Slot[]): KeyRecord =>
  aRecord(current, {
    current: aCurrent(current, {
      receipts: slots.map((slot) => ({ ...aReceipt(slot, current), version: "v1" })),
    }),
  });
const LOST_UNSEEN = [
  ["stale", { type: "blind", found: { version: "v2" } }],
  ["empty", { type: "empty" }],
] as const;

test.each(LOST_UNSEEN)(
  "a blind slot that is %s gets a copy when a readable one has the value, and a new key when none has",
  (state, reading) => {
    const keys = [aDesiredKey({ deliverTo: [VAULT, SLOT] })];
    const records = [versioned([VAULT, SLOT])];
    const change = updateOf({
      keys,
      records,
      slots: [
        [VAULT, reading],
        [SLOT, holding(current)],
      ],
    });
    expect(change.copyTo).toEqual([VAULT]);
    const blind = { type: "blind", found: { version: "v1" } } as const;
    const slots = [
      [VAULT, reading],
      [SLOT, blind],
    ] as const;
    expect(only({ keys, records, slots })).toMatchObject({
      action: "rotate",
      reasons: [{ code: `sink-${state}` }],
    });
  },
);

test("a key that needs a new secret anyway is rotated into all its sinks, and nothing is copied", () => {
  const keys = [aDesiredKey({ deliverTo: [SLOT, VAULT], roles: USER })];
  const [change, ...others] = changesFor({
    keys,
    slots: [
      [SLOT, holding(current)],
      [VAULT, { type: "empty" }],
    ],
  });
  expect(others).toEqual([]);
  expect(change).toMatchObject({
    action: "rotate",
    reasons: [{ code: "roles-changed" }, { code: "sink-empty" }],
  });
});

test("a sink that cannot be read is no reason to do anything", () => {
  expect(changesFor({ slots: [[SLOT, { type: "unreadable", message: "timeout" }]] })).toEqual([]);
  expect(changesFor({ slots: [] })).toEqual([]);
});

const deliveredTwice = aRecord(current, {
  current: aCurrent(current, { receipts: [aReceipt(SLOT, current), aReceipt(VAULT, current)] }),
});

test("a slot that is no longer declared is emptied", () => {
  const change = updateOf({ records: [deliveredTwice] });
  expect(change.removeFrom).toEqual([VAULT]);
  expect(change.fields).toEqual([{ field: "deliverTo", from: "vault: path=b" }]);
});

test("a slot that another key moves into is not emptied under it", () => {
  const other = aDesiredKey({ name: "other", deliverTo: [VAULT] });
  const slots = [
    [SLOT, holding(current)],
    [VAULT, holding(current)],
  ] as const;
  expect(linesFor(facts({ keys: [aDesiredKey(), other], records: [deliveredTwice], slots }))).toEqual([
    "create ApiKey other",
  ]);
});

test("two keys that swap their slots are both rotated, and neither slot is emptied", () => {
  const twin = aLiveKey({ id: "ak7", last4: "7777" }, { name: "twin", operation: "op7" });
  const twinRecord = aRecord(twin, { current: aCurrent(twin, { receipts: [aReceipt(VAULT, twin)] }) });
  const keys: readonly DesiredKey[] = [aDesiredKey({ deliverTo: [VAULT] }), aDesiredKey({ name: "twin" })];
  const slots = [
    [SLOT, holding(current)],
    [VAULT, holding(twin)],
  ] as const;
  expect(linesFor(facts({ keys, live: [current, twin], records: [record, twinRecord], slots }))).toEqual([
    "rotate ApiKey scanner",
    "rotate ApiKey twin",
  ]);
});

// ── Revoke ───────────────────────────────────────────────────────────────────────────────────────────────

test("removing a manifest revokes every key of its name", () => {
  const keys = [aDesiredKey({ name: "other" })];
  expect(linesFor(facts({ keys, live: [old, current], records: [retiring(1)] }))).toEqual([
    "create ApiKey other",
    "revoke ApiKey scanner",
    "revoke ApiKey scanner",
  ]);
});

test("protection outlives the manifest that declared it", () => {
  const keys = [aDesiredKey({ name: "other" })];
  const revocation = (records: readonly KeyRecord[]): KeyChange | undefined =>
    changesFor({ keys, records })[1];
  expect(revocation([aRecord(current, { protected: true })])).toMatchObject({
    action: "revoke",
    protected: true,
  });
  expect(revocation([record])).toMatchObject({ action: "revoke", protected: false });
  expect(revocation([])).toMatchObject({ action: "revoke", protected: false });
});

test("a replaced key is revoked at the end of its overlap, not one millisecond before", () => {
  expect(revocationsFor({ live: [old, current], records: [retiring(1)] })).toEqual([]);
  expect(revocationsFor({ live: [old, current], records: [retiring(0)] })).toEqual([["ak0", "superseded"]]);
});

test("nothing valid is revoked while the current key is not valid and no other is minted first", () => {
  const keys = [aDesiredKey({ expires: { type: "at", instant: at(0) } })];
  const dead = { ...current, status: "expired" } as const;
  expect(revocationsFor({ keys, live: [old, dead], records: [retiring(0)] })).toEqual([]);
  expect(
    revocationsFor({ keys, live: [{ ...old, status: "expired" }, dead], records: [retiring(0)] }),
  ).toEqual([["ak0", "superseded"]]);
});

test("a rotation that replaces an expired key lets the end of an older overlap come", () => {
  const dead = { ...current, status: "expired" } as const;
  const parts = { live: [old, dead], records: [retiring(0)] };
  expect(linesFor(facts(parts))).toEqual(["rotate ApiKey scanner", "revoke ApiKey scanner"]);
  expect(revocationsFor(parts)).toEqual([["ak0", "superseded"]]);
});

test("without a record an older key is revoked an overlap after the current one was made", () => {
  const since = Date.parse(current.createdAt) + 24 * HOUR_MS;
  const parts = { live: [old, current], records: [] };
  expect(revocationsFor({ ...parts, now: new Date(since - 1) })).toEqual([]);
  expect(revocationsFor({ ...parts, now: new Date(since) })).toEqual([["ak0", "superseded"]]);
});

test("without a record nothing is revoked that a sink may still hold", () => {
  const parts = { live: [old, current], records: [], now: NOW };
  for (const reading of [holding(old), { type: "empty" }, { type: "blind" }] as const) {
    expect(revocationsFor({ ...parts, slots: [[SLOT, reading]] })).toEqual([]);
  }
});

test("a date that the ledger still knows holds although it lost the current key", () => {
  const { current: _, ...lost } = retiring(1);
  const parts = { live: [old, current], slots: [[SLOT, { type: "blind" }]] as const };
  expect(revocationsFor({ ...parts, records: [lost] })).toEqual([]);
  const { current: __, ...reached } = retiring(0);
  expect(revocationsFor({ ...parts, records: [reached] })).toEqual([["ak0", "superseded"]]);
});

test("what a dead run left of a name that is no longer declared is cleared; where it left nothing, nothing is", () => {
  const other = [aDesiredKey({ name: "other" })];
  const begun = anEmptyRecord({ intent: anIntent(1, "op9") });
  expect(revocationsFor({ keys: other, live: [], records: [begun] })).toEqual([["(none)", "unminted"]]);
  const idle: KeyGroup = { name: "scanner", live: [], record: anEmptyRecord() };
  expect(diffKey(idle, facts({ keys: other }))).toEqual([]);
});
