/** Plans that answer requests, and plans that go on with a leak which the ledger remembers. */

import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, at, holding, SLOT } from "./a-key.fixture.ts";
import type { Change } from "./change.ts";
import { diff } from "./diff.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { violationsOf } from "./guard.ts";
import type { OwnedKey } from "./live.ts";
import type { KeyRequest } from "./request.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  aPlan,
  type FactsParts,
  linesOf,
  someFacts,
  someLimits,
} from "./some-facts.fixture.ts";

const WHY = { name: "scanner", reason: "seen in a chat" } as const;
const ROTATE: KeyRequest = { type: "rotate", ...WHY };
const REVOKE: KeyRequest = { type: "revoke", ...WHY };
const leakOf = ({ marker }: OwnedKey): KeyRequest => ({ type: "leak", ...WHY, operation: marker.operation });

const CURRENT = aLiveKey();
const OLDER = aLiveKey({ id: "ak0", last4: "oooo" }, { generation: 1, operation: "op0" });
const NEWER = aLiveKey({ id: "ak2", last4: "nnnn" }, { generation: 2, operation: "op2" });
const OVERLAP = { operation: "op0", id: "ak0", retireAt: at(HOUR_MS) } as const;

/** `NEWER` has replaced `OLDER`, which is in its overlap. */
const overlapping = (over: Partial<FactsParts> = {}): FactsParts => ({
  live: [OLDER, NEWER],
  records: [aRecord(NEWER, { retiring: [OVERLAP] })],
  slots: [[SLOT, holding(NEWER)]],
  ...over,
});

/** Changes as lines; revocations with the key and why. */
const told = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) =>
    change.kind === "ApiKey" && change.action === "revoke"
      ? `revoke ${change.key.id}: ${change.reason}`
      : `${change.action} ${change.name}`,
  );

const toldOf = (parts: FactsParts): readonly string[] => told(aPlan(someFacts(parts)).changes);

test("a rotation on demand is planned for a key that is as declared, with the person's reason", () => {
  const { changes, requests } = aPlan(someFacts({ requests: [ROTATE] }));
  expect(changes).toMatchObject([
    { action: "rotate", reasons: [{ code: "on-demand", message: "asked for: seen in a chat" }] },
  ]);
  expect(requests).toEqual([ROTATE]);
});

test("a leaked key is replaced, and revoked in the same run", () => {
  const { changes } = aPlan(someFacts({ requests: [leakOf(CURRENT)] }));
  expect(told(changes)).toEqual(["rotate scanner", "revoke ak1: leaked"]);
  expect(changes[0]).toMatchObject({
    reasons: [{ code: "leaked", message: "the secret of ak1 (…aaaa) leaked: seen in a chat" }],
  });
});

test("a leak that the ledger remembers goes on without being asked for again", () => {
  const records = [aRecord(CURRENT, { leaked: ["op1"] })];
  const { changes } = aPlan(someFacts({ records }));
  expect(told(changes)).toEqual(["rotate scanner", "revoke ak1: leaked"]);
  expect(changes[0]).toMatchObject({ reasons: [{ message: "the secret of ak1 (…aaaa) leaked" }] });
});

test("a leaked key in its overlap is simply revoked", () => {
  expect(toldOf(overlapping({ requests: [leakOf(OLDER)] }))).toEqual(["revoke ak0: leaked"]);
});

test("a leaked key in its overlap is revoked although a slot cannot be read", () => {
  const slots = [[SLOT, { type: "unreadable", message: "m" }]] as const;
  expect(toldOf(overlapping({ slots, requests: [leakOf(OLDER)] }))).toEqual(["revoke ak0: leaked"]);
});

test("a leaked key without a successor goes when its name gets a new one", () => {
  const records = [aRecord(NEWER, { retiring: [OVERLAP] })];
  const parts = { live: [OLDER], records, requests: [leakOf(OLDER)] };
  expect(toldOf(parts)).toEqual(["create scanner", "revoke ak0: leaked"]);
});

test("a leaked key stays, and a notice says so, where no new key may be minted", () => {
  const past = aDesiredKey({ expires: { type: "at", instant: at(-1) } });
  const { changes, notices } = aPlan(someFacts({ keys: [past], requests: [leakOf(CURRENT)] }));
  expect(changes).toEqual([]);
  expect(notices).toContainEqual({
    code: "LEAKED_KEY_VALID",
    message: expect.stringContaining("ak1 (…aaaa) leaked and IS STILL VALID"),
  });
});

test("a leaked key that has expired is revoked, whether a new one can be minted or not", () => {
  const expired = aLiveKey({ status: "expired", expiresAt: at(-1) });
  const past = aDesiredKey({ expires: { type: "at", instant: at(-1) } });
  const parts = { keys: [past], live: [expired], records: [aRecord(expired)] };
  expect(toldOf({ ...parts, requests: [leakOf(expired)] })).toEqual(["revoke ak1: leaked"]);
});

test("an attempt whose secret leaked is begun anew, and what it left is revoked after it", () => {
  const attempt = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  const records = [aRecord(CURRENT, { intent: anIntent(2, "op2") })];
  const parts = { live: [CURRENT, attempt], records, requests: [leakOf(attempt)] };
  expect(toldOf(parts)).toEqual(["rotate scanner", "revoke ak2: leaked"]);
});

test("a leaked key of a name that is not declared is all that a leak revokes", () => {
  const keys = [aDesiredKey({ name: "other" })];
  const parts = overlapping({ keys });
  expect(toldOf({ ...parts, requests: [leakOf(OLDER)] })).toEqual(["revoke ak0: leaked"]);
  expect(toldOf({ ...parts, keys: [], requests: [leakOf(NEWER)] })).toEqual(["revoke ak2: leaked"]);
  const records = [aRecord(NEWER, { retiring: [OVERLAP], leaked: ["op0"] })];
  expect(toldOf({ ...parts, records }).toSorted()).toEqual([
    "create other",
    "revoke ak0: leaked",
    "revoke ak2: removed",
  ]);
});

test("a revocation that was asked for ends all keys of the name, says what follows, and mints nothing", () => {
  const { changes, notices, violations } = aPlan(someFacts(overlapping({ requests: [REVOKE] })), {
    maxRevocations: 0,
  });
  expect(told(changes)).toEqual(["revoke ak0: asked", "revoke ak2: asked"]);
  expect(violations).toEqual([]);
  expect(notices).toContainEqual({
    code: "ACCESS_ENDS",
    message:
      "scanner: its consumers lose access at once; it is still declared, so the next apply mints a new key",
  });
});

test("a revocation by id ends that key alone; no notice where a valid one is left", () => {
  const { changes, notices } = aPlan(someFacts(overlapping({ requests: [{ ...REVOKE, ids: ["ak0"] }] })));
  expect(told(changes)).toEqual(["revoke ak0: asked"]);
  expect(notices.filter(({ code }) => code === "ACCESS_ENDS")).toEqual([]);
});

test.each([
  ["not declared", [aDesiredKey({ name: "other" })]],
  ["past its end", [aDesiredKey({ expires: { type: "at" as const, instant: at(-1) } })]],
])("a revocation of a key that is %s says that no new one comes", (_, keys) => {
  const { notices } = aPlan(someFacts({ keys, requests: [REVOKE] }));
  expect(notices).toContainEqual({
    code: "ACCESS_ENDS",
    message: "scanner: its consumers lose access at once; no new key is minted for it",
  });
});

test("a plan that answers requests is about the keys they name and what those need", () => {
  const roles = [aDesiredRole(), aDesiredRole({ name: "unused" })];
  const custom = [{ type: "custom", tag: "editor" }] as const;
  const parts: FactsParts = {
    keys: [aDesiredKey({ roles: custom }), aDesiredKey({ name: "other" })],
    roles,
    policy: aDesiredPolicy({ requireExpiration: true }),
    livePolicy: { kind: "SecurityPolicy", requireExpiration: false },
    liveRoles: [aLiveRole({ name: "left" })],
  };
  const all = ["update SecurityPolicy policy", "create Role editor", "create Role unused"];
  expect(linesOf(diff(someFacts(parts)).changes)).toEqual([
    ...all,
    "create ApiKey other",
    "rotate ApiKey scanner",
    "revoke Role left",
  ]);
  const rotating = aPlan(someFacts({ ...parts, requests: [ROTATE] }));
  expect(linesOf(rotating.changes)).toEqual([
    "update SecurityPolicy policy",
    "create Role editor",
    "rotate ApiKey scanner",
  ]);
  expect(rotating.counts).toMatchObject({ unchangedKeys: 0 });
  expect(rotating.notices.filter(({ code }) => code === "ROLE_IN_USE")).toEqual([]);
  expect(linesOf(aPlan(someFacts({ ...parts, requests: [REVOKE] })).changes)).toEqual([
    "revoke ApiKey scanner",
  ]);
});

test("what else is left alone is no matter of a plan that answers requests, but the asked key's role is", () => {
  const custom = [{ type: "custom", tag: "editor" }] as const;
  const parts: FactsParts = {
    keys: [aDesiredKey({ roles: custom }), aDesiredKey({ name: "other", securityLevel: "advanced" })],
    roles: [aDesiredRole(), aDesiredRole({ name: "unused" })],
    foreign: { keys: 0, roles: ["editor", "unused"] },
  };
  const blockedOf = (requests: readonly KeyRequest[]): readonly string[] =>
    aPlan(someFacts({ ...parts, requests })).blocked.map(({ code, name }) => `${code} ${name}`);
  expect(blockedOf([])).toEqual([
    "ROLE_FOREIGN editor",
    "ROLE_FOREIGN unused",
    "SECURITY_LEVEL_UNSUPPORTED other",
    "ROLE_BLOCKED scanner",
  ]);
  expect(blockedOf([ROTATE])).toEqual(["ROLE_FOREIGN editor", "ROLE_BLOCKED scanner"]);
});

test("a rotation on demand is no way past the store's policy, nor beyond a fixed end", () => {
  const livePolicy = { kind: "SecurityPolicy", requireExpiration: false, maxLifetimeDays: 30 } as const;
  const blocked = aPlan(someFacts({ livePolicy, requests: [ROTATE] }));
  expect(blocked.changes).toEqual([]);
  expect(blocked.blocked).toMatchObject([{ code: "POLICY_OF_STORE", name: "scanner" }]);
  const end = at(5 * DAY_MS);
  const fixed = aDesiredKey({ expires: { type: "at", instant: end } });
  const live = [aLiveKey({ expiresAt: end })];
  const [rotation] = aPlan(someFacts({ keys: [fixed], live, records: [], requests: [ROTATE] })).changes;
  expect(rotation).toMatchObject({ action: "rotate", desired: { expires: { type: "at", instant: end } } });
});

test("a slot whose key is not asked for is not taken over by one that is", () => {
  const other = aLiveKey({ id: "ak9", last4: "zzzz" }, { name: "other", operation: "op9" });
  const parts: FactsParts = {
    keys: [aDesiredKey(), aDesiredKey({ name: "other", deliverTo: [{ sink: "local", path: "new" }] })],
    live: [CURRENT, other],
    records: [aRecord(CURRENT), aRecord(other)],
    slots: [
      [SLOT, holding(other)],
      [{ sink: "local", path: "new" }, { type: "empty" }],
    ],
  };
  expect(aPlan(someFacts(parts)).blocked).toEqual([]);
  const asked = aPlan(someFacts({ ...parts, requests: [ROTATE] }));
  expect(asked.changes).toEqual([]);
  expect(asked.blocked).toMatchObject([{ code: "SLOT_IN_USE", name: "scanner" }]);
});

test("a protected key is rotated when a person asks for just that, and for a leak once told", () => {
  const keys = [aDesiredKey({ protected: true })];
  const records = [aRecord(CURRENT, { protected: true })];
  const linesFor = (parts: FactsParts): readonly string[] => toldOf({ keys, records, ...parts });
  expect(linesFor({ requests: [ROTATE] })).toEqual(["rotate scanner"]);
  expect(linesFor({ requests: [leakOf(CURRENT)] })).toEqual(["rotate scanner", "revoke ak1: leaked"]);
  expect(linesFor({ records: [aRecord(CURRENT, { protected: true, leaked: ["op1"] })] })).toEqual([
    "rotate scanner",
    "revoke ak1: leaked",
  ]);
});

test("a protected key is revoked on demand only when it is allowed by name besides", () => {
  const parts = { keys: [aDesiredKey({ protected: true })], requests: [REVOKE] };
  const guardsOf = (allowed: readonly string[]): readonly string[] =>
    aPlan(someFacts(parts), { allowed }).violations.map(({ guard }) => guard);
  expect(guardsOf([])).toEqual(["protected-key"]);
  expect(guardsOf(["scanner"])).toEqual([]);
});

test.each([REVOKE, leakOf(CURRENT)])("I8: our own key is never revoked on request: $type", (request) => {
  const { violations } = aPlan(someFacts({ requests: [request] }), {
    ownKeyIds: ["ak1"],
    allowed: ["scanner"],
  });
  expect(violations.map(({ guard }) => guard)).toEqual(["own-key"]);
});

test("a leaked key of a declared name is never its last valid one; of one that is not declared it may be", () => {
  const facts = someFacts({ requests: [leakOf(CURRENT)] });
  const alone = aPlan(facts).changes.filter(({ action }) => action === "revoke");
  const guards = violationsOf(alone, facts, someLimits()).map(({ guard }) => guard);
  expect(guards).toEqual(["last-valid-key"]);
  expect(aPlan(someFacts({ keys: [], requests: [leakOf(CURRENT)] })).violations).toEqual([]);
});

test("a leaked key beside a valid one goes although its name's rotation is held back", () => {
  const leaked = aRecord(NEWER, { retiring: [OVERLAP], leaked: ["op0"], protected: true });
  const rotating = { type: "default", role: "USER" } as const;
  const protectedKeys = [aDesiredKey({ protected: true, roles: [rotating] })];
  const held = aPlan(someFacts(overlapping({ keys: protectedKeys, records: [leaked] })));
  expect(held.blocked).toMatchObject([{ code: "PROTECTED" }]);
  expect(told(held.changes)).toEqual(["revoke ak0: leaked"]);
  const blocked = aPlan(
    someFacts(
      overlapping({ records: [leaked], keys: [aDesiredKey({ protected: true, securityLevel: "advanced" })] }),
    ),
  );
  expect(blocked.blocked).toMatchObject([{ code: "SECURITY_LEVEL_UNSUPPORTED" }]);
  expect(told(blocked.changes)).toEqual(["revoke ak0: leaked"]);
});

test("a leaked key beside a valid one goes although a slot is in other hands", () => {
  const stranger = { type: "value", fingerprint: "fp-stranger", last4: "ssss" } as const;
  const slot = { sink: "local", path: "taken" };
  const { blocked, changes } = aPlan(
    someFacts(
      overlapping({
        keys: [aDesiredKey({ deliverTo: [SLOT, slot] })],
        slots: [
          [SLOT, holding(NEWER)],
          [slot, stranger],
        ],
        requests: [leakOf(OLDER)],
      }),
    ),
  );
  expect(blocked).toMatchObject([{ code: "SLOT_OCCUPIED" }]);
  expect(told(changes)).toEqual(["revoke ak0: leaked"]);
});

test("a leaked current key waits for the rotation that is held back, and a notice says so", () => {
  const keys = [aDesiredKey({ securityLevel: "advanced" })];
  const { changes, notices } = aPlan(someFacts({ keys, requests: [leakOf(CURRENT)] }));
  expect(changes).toEqual([]);
  expect(notices.map(({ code }) => code)).toContain("LEAKED_KEY_VALID");
});

test("a leaked key that the ledger has no record of is replaced as well", () => {
  expect(toldOf({ records: [], requests: [leakOf(CURRENT)] })).toEqual([
    "rotate scanner",
    "revoke ak1: leaked",
  ]);
});

test("requests for other names, and of other types, change nothing about a key", () => {
  const other = { type: "rotate", name: "other", reason: "r" } as const;
  const facts = someFacts({
    keys: [aDesiredKey(), aDesiredKey({ name: "other", deliverTo: [{ sink: "local", path: "o" }] })],
    requests: [other],
  });
  expect(linesOf(aPlan(facts).changes)).toEqual(["create ApiKey other"]);
});
