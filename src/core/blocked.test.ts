import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anEmptyRecord, anIntent, aRecord, at, NOW } from "./a-key.fixture.ts";
import type { Blocked } from "./blocked.ts";
import type { DesiredKey } from "./desired.ts";
import { diff } from "./diff.ts";
import { DAY_MS } from "./duration.ts";
import type { StoreCapabilities } from "./ports.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  type FactsParts,
  linesFor,
  someFacts,
} from "./some-facts.fixture.ts";

const blockedIn = (parts: FactsParts): readonly Blocked["code"][] =>
  diff(someFacts(parts)).blocked.map(({ code }) => code);

const EDITOR = [{ type: "custom", tag: "editor" }] as const;
const editorKey = aDesiredKey({ roles: EDITOR });
const none = { live: [], records: [] } as const;

test("I4: two live keys with one marker stop the work on that name", () => {
  const parts = { live: [aLiveKey(), aLiveKey({ id: "copy" })] };
  expect(linesFor(someFacts(parts))).toEqual([]);
  expect(diff(someFacts(parts)).blocked).toMatchObject([
    {
      kind: "ApiKey",
      name: "scanner",
      code: "MARKER_AMBIGUOUS",
      message: expect.stringContaining("ak1 and copy"),
    },
  ]);
  expect(linesFor(someFacts({ ...parts, keys: [] }))).toEqual([]);
});

test("two generations of one name are not ambiguous", () => {
  const next = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  expect(blockedIn({ live: [aLiveKey(), next], records: [] })).toEqual([]);
});

test("a store that is ahead of the ledger stops the work on that name", () => {
  const newer = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  const parts = { live: [aLiveKey(), newer] };
  expect(linesFor(someFacts(parts))).toEqual([]);
  const [blocked] = diff(someFacts(parts)).blocked;
  expect(blocked?.code).toBe("LEDGER_BEHIND");
  expect(blocked?.message).toBe("the store holds generation 2 (ak2), the ledger ends at 1");
});

test("a key that the ledger intends is not ahead of it", () => {
  const half = aLiveKey({ id: "ak2", status: "pending" }, { generation: 2, operation: "op2" });
  expect(
    blockedIn({ live: [aLiveKey(), half], records: [aRecord(aLiveKey(), { intent: anIntent(2, "op2") })] }),
  ).toEqual([]);
});

test("a removal that died half-way is carried on", () => {
  const retiring = [{ operation: "op1", id: "ak1", retireAt: at(DAY_MS) }];
  const parts = { keys: [aDesiredKey({ name: "other" })], records: [anEmptyRecord({ retiring })] };
  expect(blockedIn(parts)).toEqual([]);
  expect(linesFor(someFacts(parts))).toEqual(["create ApiKey other", "revoke ApiKey scanner"]);
});

const reader = aDesiredKey({ name: "reader", previousNames: ["scanner"] });
const own = aLiveKey({ id: "ak7" }, { name: "reader", operation: "op7" });

test("G7: a rename cannot swallow another key past its protection and the budget", () => {
  const records = [aRecord(aLiveKey(), { protected: true }), aRecord(own)];
  const { blocked, changes } = diff(someFacts({ keys: [reader], live: [aLiveKey(), own], records }));
  expect(changes).toEqual([]);
  expect(blocked).toMatchObject([{ name: "reader", code: "RENAME_AMBIGUOUS" }]);
  expect(blocked[0]?.message).toBe("it cannot take over scanner (ak1): it has a key of its own");
});

test("G7: a rename cannot swallow another key when the ledger is lost either", () => {
  expect(blockedIn({ keys: [reader], live: [aLiveKey(), own], records: [] })).toEqual(["RENAME_AMBIGUOUS"]);
});

test("a rename into a free name is not ambiguous, with and without a record", () => {
  expect(blockedIn({ keys: [reader] })).toEqual([]);
  expect(blockedIn({ keys: [reader], records: [] })).toEqual([]);
});

test("a rename that died half-way is not ambiguous", () => {
  const overlapping = aLiveKey({ id: "ak0" }, { name: "reader", generation: 1, operation: "op0" });
  const now = aLiveKey({}, { generation: 2 });
  const retiring = [{ operation: "op0", id: "ak0", retireAt: at(DAY_MS) }];
  const before = aRecord(now, { retiring });
  expect(blockedIn({ keys: [reader], live: [overlapping, now], records: [before] })).toEqual([]);
  const after = { ...before, name: "reader" };
  const behind = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
  expect(blockedIn({ keys: [reader], live: [behind, now], records: [after] })).toEqual([]);
});

test("no key is minted of a security level that the store has not", () => {
  const parts = { keys: [aDesiredKey({ securityLevel: "advanced" })], ...none };
  expect(blockedIn(parts)).toEqual(["SECURITY_LEVEL_UNSUPPORTED"]);
  expect(linesFor(someFacts(parts))).toEqual([]);
  expect(blockedIn({ ...parts, capabilities: { securityLevels: ["advanced"] } })).toEqual([]);
});

test("I4: a role that people made is not taken over, and no key is minted with it", () => {
  const parts = {
    keys: [editorKey],
    ...none,
    roles: [aDesiredRole()],
    foreign: { keys: 0, roles: ["editor"] },
  };
  expect(linesFor(someFacts(parts))).toEqual([]);
  expect(diff(someFacts(parts)).blocked).toMatchObject([
    { kind: "Role", name: "editor", code: "ROLE_FOREIGN", at: { file: "roles.yaml" } },
    { kind: "ApiKey", name: "scanner", code: "ROLE_BLOCKED", at: { file: "keys/scanner.yaml" } },
  ]);
});

test("a role that can be managed blocks nobody", () => {
  expect(blockedIn({ keys: [editorKey], ...none, roles: [aDesiredRole()] })).toEqual([]);
  const foreign = { keys: 0, roles: ["other"] };
  expect(
    blockedIn({
      keys: [editorKey],
      ...none,
      roles: [aDesiredRole(), aDesiredRole({ name: "other" })],
      foreign,
    }),
  ).toEqual(["ROLE_FOREIGN"]);
});

test("I6: no key is minted above the store's own policy", () => {
  const livePolicy = { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 90 } as const;
  expect(blockedIn({ ...none, livePolicy })).toEqual([]);
  const long = aDesiredKey({ expires: { type: "after", ms: 90 * DAY_MS + 1 } });
  expect(blockedIn({ keys: [long], ...none, livePolicy })).toEqual(["POLICY_OF_STORE"]);
  const { message } = diff(someFacts({ keys: [long], ...none, livePolicy })).blocked[0] ?? {};
  expect(message).toContain("the policy allows 90d");
});

test("where a policy is declared the store's own gives way to it", () => {
  const livePolicy = { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 1 } as const;
  expect(blockedIn({ ...none, livePolicy, policy: aDesiredPolicy() })).toEqual([]);
});

test("a key that stays as it is is not blocked by what would block a new one", () => {
  const livePolicy = { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 1 } as const;
  expect(blockedIn({ livePolicy, now: NOW })).toEqual([]);
});

test("I4: a copied marker stops the work on a name, even when the key that it was copied from is gone", () => {
  const copy = aLiveKey({ id: "copy" });
  const retired = aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" });
  const retiring = [{ operation: "op1", id: "ak1", retireAt: at(-DAY_MS) }];
  const ofCurrent = { live: [copy], records: [aRecord(aLiveKey())] };
  const ofRetiring = { live: [copy, retired], records: [aRecord(retired, { retiring })] };
  for (const parts of [ofCurrent, ofRetiring]) {
    expect(linesFor(someFacts(parts))).toEqual([]);
    expect(diff(someFacts(parts)).blocked).toMatchObject([
      { code: "KEY_UNKNOWN", message: "copy carries the marker of another key, ak1" },
    ]);
  }
});

test("where a store mints, one operation may have made several keys", () => {
  const twin = aLiveKey({ id: "twin" });
  const capabilities = { mint: { by: "store", returnsId: true } } as const;
  expect(blockedIn({ live: [twin], records: [aRecord(aLiveKey())], capabilities })).toEqual([]);
});

const few = { names: ["READ_ONLY", "USER"], custom: false };
const named = (role: string): readonly DesiredKey[] => [aDesiredKey({ roles: [{ type: "default", role }] })];

test("a role that the store gives to no key stops the mint in the plan, not in the store", () => {
  const capabilities = { roles: few };
  expect(blockedIn({ ...none, capabilities, keys: named("USER") })).toEqual([]);
  expect(blockedIn({ ...none, capabilities, keys: named("ADMIN") })).toEqual(["ROLE_UNSUPPORTED"]);
  expect(blockedIn({ ...none, capabilities, keys: [editorKey], roles: [aDesiredRole()] })).toEqual([
    "ROLE_UNSUPPORTED",
  ]);
  const anyName = { roles: { custom: false } };
  expect(blockedIn({ ...none, capabilities: anyName, keys: named("Public API Action") })).toEqual([]);
});

const hintOf = (roles: StoreCapabilities["roles"], keys: readonly DesiredKey[]) =>
  diff(someFacts({ ...none, capabilities: { roles }, keys })).blocked.map(({ hint }) => hint);

test("what the store gives instead is named", () => {
  expect(hintOf(few, named("ADMIN"))).toEqual(["use READ_ONLY, USER"]);
  expect(hintOf({ ...few, custom: true }, named("ADMIN"))).toEqual(["use READ_ONLY, USER, or a custom role"]);
  const many = { names: ["Viewer", "a", "b", "c", "d", "e", "f"], custom: false };
  expect(hintOf(many, named("VIEWER"))).toEqual(["use Viewer, a, b, c, d or one of 2 more"]);
  expect(hintOf({ custom: false }, [editorKey])).toEqual([expect.stringContaining("{ name: … }")]);
});

test("a role that the store gives to no key stops its change in place too", () => {
  const updatable = ["roles"] as const;
  const parts = { capabilities: { roles: few, updatable }, keys: named("ADMIN") };
  expect(blockedIn(parts)).toEqual(["ROLE_UNSUPPORTED"]);
  expect(linesFor(someFacts(parts))).toEqual([]);
});

const living = (days: number): readonly DesiredKey[] => [
  aDesiredKey({ expires: { type: "after", ms: days * DAY_MS } }),
];

test("a life that is longer than the store gives stops the mint, and so does one without end", () => {
  const capabilities = { maxLifetimeDays: 180 };
  expect(blockedIn({ ...none, capabilities, keys: living(180) })).toEqual([]);
  expect(blockedIn({ ...none, capabilities, keys: living(181) })).toEqual(["LIFETIME_OF_STORE"]);
  const endless = [aDesiredKey({ expires: { type: "never" } })];
  expect(blockedIn({ ...none, capabilities, keys: endless })).toEqual(["LIFETIME_OF_STORE"]);
});

test("a role that is managed elsewhere is neither made, changed nor revoked, also when it was ours", () => {
  const external = aDesiredRole({ external: true, permissions: [], displayName: "editor", description: "" });
  const settled = { keys: [], live: [], records: [], slots: [], roles: [external] };
  const byHand = { ...settled, foreign: { keys: 0, roles: ["editor"] } };
  expect(diff(someFacts(byHand))).toEqual({ changes: [], blocked: [] });
  expect(diff(someFacts({ ...settled, liveRoles: [aLiveRole()] }))).toEqual({ changes: [], blocked: [] });
  expect(blockedIn({ keys: [editorKey], ...none, roles: [external], foreign: byHand.foreign })).toEqual([]);
});

test("a role that is managed elsewhere and is not there blocks the keys that need it", () => {
  const parts = { keys: [editorKey], ...none, roles: [aDesiredRole({ external: true })] };
  expect(blockedIn(parts)).toEqual(["ROLE_MISSING", "ROLE_BLOCKED"]);
  expect(linesFor(someFacts(parts))).toEqual([]);
  expect(blockedIn({ ...parts, capabilities: { manages: [] } })).toEqual([]);
});

test("I6: an update in place gives no role beyond the policy; what a key has already may stay or become less", () => {
  const capabilities = { updatable: ["roles"] } as const;
  const roles = [{ type: "default", role: "USER" }] as const;
  const both = [...roles, { type: "default", role: "READ_ONLY" }] as const;
  const keys = [aDesiredKey({ roles, adopt: { id: "ak0" } })];
  const policy = aDesiredPolicy({ allowedRoles: ["READ_ONLY"] });
  expect(blockedIn({ capabilities, keys, policy })).toEqual(["POLICY_BROKEN"]);
  expect(linesFor(someFacts({ capabilities, keys, policy }))).toEqual([]);
  const { name: _, origin: __, ...livePolicy } = policy;
  expect(blockedIn({ capabilities, keys, livePolicy })).toEqual(["POLICY_OF_STORE"]);
  expect(blockedIn({ capabilities, keys, policy: aDesiredPolicy() })).toEqual([]);
  const raised = { capabilities, keys, policy, live: [aLiveKey({ roles: both })] };
  expect(blockedIn(raised)).toEqual([]);
  expect(linesFor(someFacts(raised))).toEqual(["update ApiKey scanner"]);
});
