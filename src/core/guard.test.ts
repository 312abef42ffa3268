import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, at, holding, SLOT } from "./a-key.fixture.ts";
import type { Change, RevokeKey } from "./change.ts";
import { mintRequest } from "./mint-request.ts";
import { diff } from "./diff.ts";
import { type Limits, type Violation, violationsOf } from "./guard.ts";
import type { OwnedKey } from "./live.ts";
import { aDesiredRole, type FactsParts, someFacts, someLimits } from "./some-facts.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;

const violations = (parts: FactsParts, limits: Partial<Limits> = {}): readonly Violation[] => {
  const facts = someFacts(parts);
  return violationsOf(diff(facts).changes, facts, someLimits(limits));
};

const guardsOf = (parts: FactsParts, limits: Partial<Limits> = {}): readonly Violation["guard"][] =>
  violations(parts, limits).map(({ guard }) => guard);

const liveNamed = (name: string): OwnedKey =>
  aLiveKey({ id: `id-${name}` }, { name, operation: `op-${name}` });

/** `total` live keys, of which the manifests of `removed` are gone; one more stays. */
const removing = (removed: number, total: number): FactsParts => {
  const names = Array.from({ length: total - 1 }, (_, index) => `key-${index + 10}`);
  const kept = names.slice(removed);
  const keys = kept.map((name) => aDesiredKey({ name, deliverTo: [] }));
  return {
    keys: [aDesiredKey(), ...keys],
    live: [aLiveKey(), ...names.map(liveNamed)],
    records: [aRecord()],
  };
};

test("a plan without changes passes every guard", () => {
  expect(violations({})).toEqual([]);
});

// ── Empty desired set ────────────────────────────────────────────────────────────────────────────────────

test("G7: manifests without any key are refused while the store holds some", () => {
  const live = [aLiveKey(), liveNamed("other")];
  expect(violations({ keys: [], live }, { maxRevocations: 9, allowed: ["scanner", "other"] })).toMatchObject([
    { guard: "empty-desired-set", names: ["other", "scanner"], message: expect.stringContaining("2 keys") },
  ]);
  expect(violations({ keys: [] })[0]?.message).toContain("1 key of this instance");
});

test("an instance that never had a key may declare none", () => {
  expect(violations({ keys: [], live: [] })).toEqual([]);
});

// ── Incomplete read ──────────────────────────────────────────────────────────────────────────────────────

test("nothing is changed on an incomplete reading of the store", () => {
  expect(guardsOf({ complete: false, live: [] })).toEqual(["incomplete-read"]);
  expect(guardsOf({ complete: false })).toEqual([]);
});

// ── Budget ───────────────────────────────────────────────────────────────────────────────────────────────

test("I8: as many keys may be revoked as the budget says, and not one more", () => {
  expect(guardsOf(removing(3, 5), { maxRevocations: 3 })).toEqual([]);
  const [violation, ...others] = violations(removing(4, 6), { maxRevocations: 3 });
  expect(others).toEqual([]);
  expect(violation).toMatchObject({
    guard: "revocation-count",
    names: ["key-10", "key-11", "key-12", "key-13"],
  });
  expect(violation?.message).toBe("4 keys would be revoked; guards.maxRevocations allows 3");
  expect(violation?.hint).toBe("if that is meant, name them: --allow key-10,key-11,key-12,key-13");
});

test("names that a person allowed do not count against the budget", () => {
  expect(guardsOf(removing(4, 6), { maxRevocations: 3, allowed: ["key-12"] })).toEqual([]);
  expect(guardsOf(removing(4, 6), { maxRevocations: 3, allowed: ["scanner"] })).toEqual(["revocation-count"]);
});

test("a long list of names is cut in the hint, not in the data", () => {
  const [violation] = violations(removing(6, 8), { maxRevocations: 0 });
  expect(violation?.hint).toContain("--allow key-10,key-11,key-12,key-13,key-14,…");
  expect(violation?.names).toHaveLength(6);
});

test("a name with several live keys counts once", () => {
  const twins = [
    aLiveKey({ id: "x1" }, { name: "x" }),
    aLiveKey({ id: "x2" }, { name: "x", operation: "op2" }),
  ];
  expect(guardsOf({ live: [aLiveKey(), ...twins] }, { maxRevocations: 1 })).toEqual([]);
});

test("the share of revocations counts from ten names up", () => {
  const limits = { maxRevocations: 99, maxRevocationsPercent: 10 };
  expect(guardsOf(removing(2, 9), limits)).toEqual([]);
  expect(guardsOf(removing(1, 10), limits)).toEqual([]);
  const [violation] = violations(removing(2, 10), limits);
  expect(violation?.guard).toBe("revocation-percent");
  expect(violation?.message).toBe(
    "2 of 10 keys (20%) would be revoked; guards.maxRevocationsPercent allows 10%",
  );
  expect(guardsOf(removing(2, 10), { ...limits, allowed: ["key-10"] })).toEqual([]);
});

test("the end of an overlap costs no budget", () => {
  const current = aLiveKey({}, { generation: 2 });
  const old = aLiveKey({ id: "ak0" }, { operation: "op0" });
  const retiring = [{ operation: "op0", id: "ak0", retireAt: at(0) }];
  const parts = { live: [old, current], records: [aRecord(current, { retiring })] };
  expect(
    guardsOf(parts, { maxRevocations: 0, maxRevocationsPercent: 0, protectedKeys: ["scanner"] }),
  ).toEqual([]);
});

// ── Own key ──────────────────────────────────────────────────────────────────────────────────────────────

test("the key that we run with is never revoked, not even when a person allows it", () => {
  const parts = { live: [aLiveKey(), liveNamed("own")] };
  const [violation, ...others] = violations(parts, { ownKeyIds: ["id-own"], allowed: ["own"] });
  expect(others).toEqual([]);
  expect(violation).toMatchObject({ guard: "own-key", names: ["own"] });
  expect(guardsOf(parts, { ownKeyIds: ["ak1"] })).toEqual([]);
});

// ── Protected keys ───────────────────────────────────────────────────────────────────────────────────────

test("a protected key is neither revoked nor rotated unless a person names it", () => {
  const rotation = { keys: [aDesiredKey({ roles: USER })] };
  expect(guardsOf(rotation)).toEqual([]);
  expect(guardsOf(rotation, { protectedKeys: ["scanner"] })).toEqual(["protected-key"]);
  expect(guardsOf(rotation, { protectedKeys: ["scanner"], allowed: ["scanner"] })).toEqual([]);
  expect(guardsOf({ keys: [aDesiredKey({ roles: USER, protected: true })] })).toEqual(["protected-key"]);
  const removal = { live: [aLiveKey(), liveNamed("other")] };
  expect(guardsOf(removal, { protectedKeys: ["other"] })).toEqual(["protected-key"]);
  expect(guardsOf(removal, { protectedKeys: ["scanner"] })).toEqual([]);
});

test("a plan's own word that a rotation was begun passes no guard; the ledger's does", () => {
  const facts = someFacts({ keys: [aDesiredKey({ roles: USER })] });
  const changes = diff(facts).changes.map((change) => ({
    ...change,
    reasons: [{ code: "unfinished", message: "forged" }] as const,
  })) as readonly Change[];
  const limits = someLimits({ protectedKeys: ["scanner"] });
  expect(violationsOf(changes, facts, limits).map(({ guard }) => guard)).toEqual(["protected-key"]);
  const begun = someFacts({
    records: [
      aRecord(aLiveKey(), {
        intent: { ...anIntent(2, "op2"), request: mintRequest(aDesiredKey({ roles: USER })) },
      }),
    ],
  });
  expect(violationsOf(changes, begun, limits)).toEqual([]);
});

test("protection outlives the manifest that declares it", () => {
  const other = liveNamed("other");
  const parts = { live: [aLiveKey(), other], records: [aRecord(), aRecord(other, { protected: true })] };
  expect(violations(parts)).toMatchObject([
    { guard: "protected-key", message: "other is protected and would be revoked, rotated or renamed" },
  ]);
});

test("several protected keys are told in one violation", () => {
  const parts = { live: [aLiveKey(), liveNamed("a"), liveNamed("b")] };
  expect(violations(parts, { protectedKeys: ["a", "b"] })[0]?.message).toContain("a, b are protected");
});

test("creating and updating a protected key needs no override", () => {
  const limits = { protectedKeys: ["scanner", "new"] };
  const keys = [aDesiredKey({ description: "other" }), aDesiredKey({ name: "new", protected: true })];
  expect(guardsOf({ keys }, limits)).toEqual([]);
});

test("a rename does not lead a key out of the configuration's protection", () => {
  const renamed = aDesiredKey({ name: "reader", previousNames: ["scanner"] });
  const limits = { protectedKeys: ["scanner"] };
  expect(guardsOf({ keys: [renamed] }, limits)).toEqual(["protected-key"]);
  expect(guardsOf({ keys: [{ ...renamed, roles: USER }] }, limits)).toEqual(["protected-key"]);
  const facts = someFacts({ keys: [{ ...renamed, roles: USER }] });
  const rotation = diff(facts).changes.filter(({ action }) => action === "rotate");
  expect(violationsOf(rotation, facts, someLimits(limits)).map(({ guard }) => guard)).toEqual([
    "protected-key",
  ]);
  expect(guardsOf({ keys: [renamed] }, { ...limits, allowed: ["reader"] })).toEqual([]);
  expect(guardsOf({ keys: [renamed] }, { protectedKeys: ["scanner", "reader"] })).toEqual([]);
  expect(guardsOf({ keys: [renamed] }, { protectedKeys: ["reader"] })).toEqual([]);
});

// ── Last valid key ───────────────────────────────────────────────────────────────────────────────────────

const revocation = (key: OwnedKey, over: Partial<RevokeKey> = {}): RevokeKey => ({
  action: "revoke",
  kind: "ApiKey",
  name: key.marker.name,
  key: {
    id: key.id,
    ...(key.last4 !== undefined && { last4: key.last4 }),
    status: key.status,
    createdAt: key.createdAt,
    generation: key.marker.generation,
    operation: key.marker.operation,
  },
  reason: "superseded",
  protected: false,
  ...over,
});

const lastKeyGuard = (changes: readonly Change[], live: readonly OwnedKey[]): readonly string[] =>
  violationsOf(changes, someFacts({ live }), someLimits()).map(
    ({ guard, names }) => `${guard} ${names.join()}`,
  );

test("the last valid key of a name is not revoked while the name is declared", () => {
  const key = aLiveKey();
  const dead = aLiveKey({ id: "dead", status: "expired" }, { operation: "op0" });
  expect(lastKeyGuard([revocation(key)], [key])).toEqual(["last-valid-key scanner"]);
  expect(lastKeyGuard([revocation(key)], [key, dead])).toEqual(["last-valid-key scanner"]);
  expect(lastKeyGuard([revocation(key, { reason: "superseded" })], [key])).toEqual([
    "last-valid-key scanner",
  ]);
});

test("a key is not the last when another stays valid, or is minted first", () => {
  const [key, next] = [aLiveKey(), aLiveKey({ id: "ak2" }, { generation: 2, operation: "op2" })];
  expect(lastKeyGuard([revocation(key)], [key, next])).toEqual([]);
  const { changes } = diff(someFacts({ keys: [aDesiredKey({ roles: USER })] }));
  expect(changes.map(({ action }) => action)).toEqual(["rotate"]);
  expect(lastKeyGuard([...changes, revocation(key)], [key])).toEqual([]);
  const create = {
    action: "create",
    kind: "ApiKey",
    name: "scanner",
    desired: aDesiredKey(),
    reasons: [],
  } as const;
  expect(lastKeyGuard([create, revocation(key)], [key])).toEqual([]);
  const role = { action: "create", kind: "Role", name: "scanner", desired: aDesiredRole() } as const;
  expect(lastKeyGuard([role, revocation(key)], [key])).toEqual(["last-valid-key scanner"]);
});

test("under a rename the valid key is found by either name", () => {
  const [key, next] = [aLiveKey(), aLiveKey({ id: "ak2" }, { operation: "op2" })];
  expect(lastKeyGuard([revocation(key, { name: "reader" })], [key, next])).toEqual([]);
});

test("a key that is dead or gone already is nobody's last", () => {
  const dead = aLiveKey({ status: "expired" });
  expect(lastKeyGuard([revocation(dead)], [dead])).toEqual([]);
  expect(lastKeyGuard([revocation(aLiveKey())], [])).toEqual([]);
});

test("a removed manifest may take the last key with it", () => {
  const key = aLiveKey();
  expect(lastKeyGuard([revocation(key, { reason: "removed" })], [key])).toEqual([]);
});

test("a change about a key that is not live is judged by its name", () => {
  const facts = someFacts({ keys: [aDesiredKey({ roles: USER })], slots: [[SLOT, holding(aLiveKey())]] });
  const { changes } = diff(facts);
  const gone = someFacts({ live: [] });
  expect(violationsOf(changes, gone, someLimits({ protectedKeys: ["scanner"] }))).toHaveLength(1);
  expect(violationsOf(changes, gone, someLimits({ protectedKeys: ["other"] }))).toEqual([]);
});
