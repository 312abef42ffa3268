import { expect, test } from "vitest";
import { aDesiredKey, aForeignKey, aLiveKey } from "./a-key.fixture.ts";
import { adoptedRefOf, type Change } from "./change.ts";
import type { Facts } from "./facts.ts";
import type { Rationing, StoreCapabilities } from "./ports.ts";
import { requestBudget } from "./request-budget.ts";
import { aDesiredRole, aPlan, type FactsParts, someFacts } from "./some-facts.fixture.ts";

const RATIONING: Rationing = { perMinute: 600, create: 2, update: 1, revoke: 1, pageSize: 100 };
const SILENT: Partial<StoreCapabilities> = {
  mint: { by: "store", returnsId: false },
  updatable: ["displayName", "description", "scope"],
  manages: [],
  concurrency: 4,
  rationing: RATIONING,
};
const TELLING: Partial<StoreCapabilities> = { ...SILENT, mint: { by: "store", returnsId: true } };

const factsWith = (capabilities: Partial<StoreCapabilities>, parts: FactsParts = {}): Facts =>
  someFacts({ capabilities, ...parts });

const create: Change = {
  action: "create",
  kind: "ApiKey",
  name: "scanner",
  desired: aDesiredKey(),
  reasons: [],
};
const current = {
  id: "k_1",
  status: "active",
  createdAt: "2026-11-01T08:00:00.000Z",
  generation: 1,
  operation: "0123456789ab",
} as const;
const changed = (...fields: readonly string[]): Change => ({
  action: "update",
  kind: "ApiKey",
  name: "scanner",
  desired: aDesiredKey(),
  current,
  fields: fields.map((field) => ({ field })),
  copyTo: [],
  removeFrom: [],
});
const revoke = (reason: "removed" | "unminted"): Change => ({
  action: "revoke",
  kind: "ApiKey",
  name: "scanner",
  key: current,
  reason,
  protected: false,
});
const adopt: Change = {
  action: "adopt",
  kind: "ApiKey",
  name: "scanner",
  desired: aDesiredKey(),
  key: adoptedRefOf(aLiveKey()),
  fields: [],
};
const allow: Change = {
  action: "update",
  kind: "IpAllowlist",
  name: "ip-allowlist",
  desired: { kind: "IpAllowlist", entries: [], origin: { file: "a.yaml", line: 1, column: 1 } },
} as never;
const createRole: Change = { action: "create", kind: "Role", name: "editor", desired: aDesiredRole() };
const scoped = aDesiredKey({ scope: {} });

const times = (count: number, change: Change): readonly Change[] =>
  Array.from({ length: count }, () => change);

const requestsFor = (changes: readonly Change[], facts: Facts): number | undefined =>
  requestBudget(changes, facts)?.requests;

test("a store that rations nothing has no budget, and neither has a plan that does nothing", () => {
  expect(requestBudget([create], someFacts())).toBeUndefined();
  expect(requestBudget([], factsWith(SILENT))).toBeUndefined();
});

test.each<[string, readonly Change[], number]>([
  ["a new key", [create], 2],
  ["a rotation", [{ ...create, action: "rotate", current, fields: [] }], 2],
  ["an update of what the store holds", [changed("description")], 1],
  ["another name, which stands in the marker", [changed("name")], 1],
  ["an update of what it does not hold", [changed("deliverTo")], 0],
  ["an adoption", [adopt], 1],
  ["a revocation", [revoke("removed")], 1],
  ["what never was in the store", [revoke("unminted")], 0],
  ["something else than a key", [createRole], 1],
  ["an IP allowlist", [allow], 1],
])("%s costs what the store says, besides the reading before it", (_what, changes, cost) => {
  expect(requestsFor(changes, factsWith(TELLING))).toBe(1 + cost);
});

test("the scope of a key that is to be adopted is read too", () => {
  const adoptable = [aForeignKey({ id: "hand" }), aForeignKey({ id: "other" })];
  const asked = [{}, { scope: {} }].map((scope) => {
    const hand = aDesiredKey({ name: "hand", adopt: { id: "hand" }, ...scope });
    return requestsFor([adopt], factsWith(TELLING, { keys: [hand], adoptable }));
  });
  expect(asked).toEqual([2, 3]);
});

test("a scope is read with its key, and costs more to set", () => {
  const capabilities = { ...TELLING, rationing: { ...RATIONING, scope: 2 } };
  const facts = factsWith(capabilities, { keys: [scoped] });
  expect(requestsFor([{ ...create, desired: scoped }], facts)).toBe(2 + 4);
  expect(requestsFor([changed("scope.assets")], facts)).toBe(2 + 3);
  expect(requestsFor([changed("description")], facts)).toBe(2 + 1);
  expect(requestsFor([{ ...create, desired: scoped }], factsWith(TELLING, { keys: [scoped] }))).toBe(2 + 2);
});

test("everything else that the store manages is read once before the first change", () => {
  const capabilities = { ...TELLING, manages: ["Role", "SecurityPolicy"] } as const;
  expect(requestsFor([create], factsWith(capabilities))).toBe(3 + 2);
  const { live, ...facts } = factsWith(TELLING);
  const secrets = { owned: [], foreign: [] };
  const allowlist = { kind: "IpAllowlist", entries: [] } as const;
  expect(requestsFor([create], { ...facts, live: { ...live, secrets, allowlist } })).toBe(3 + 2);
});

test("what a store asks when it is opened counts, and so does each request of a list of addresses", () => {
  const rationing = { ...RATIONING, opening: 1, allowlist: 2 };
  expect(requestsFor([allow], factsWith({ ...TELLING, rationing }))).toBe(1 + 1 + 2);
});

test("a list of several pages costs each of them, as often as it is read", () => {
  const foreign = { keys: 250, roles: [] };
  expect(requestsFor([create], factsWith(TELLING, { foreign }))).toBe(3 + 2);
  const twice = { ...TELLING, rationing: { ...RATIONING, readings: 2 } };
  expect(requestsFor([create], factsWith(twice, { foreign }))).toBe(6 + 2);
  expect(requestsFor([create], factsWith(twice, { foreign: { keys: 0, roles: [] } }))).toBe(1 + 2);
});

test("keys of a store that does not tell their ids are looked up, several by one listing", () => {
  expect(requestsFor([create], factsWith(SILENT))).toBe(1 + 2 + 1);
  expect(requestsFor(times(50, create), factsWith(SILENT))).toBe(1 + 100 + 32);
  expect(requestsFor(times(50, create), factsWith({ ...SILENT, concurrency: 1 }))).toBe(1 + 100 + 50);
  const ours = { mint: { by: "client", format: { prefix: "kw", environment: "test" } } } as const;
  expect(requestsFor(times(50, create), factsWith({ ...SILENT, ...ours }))).toBe(1 + 100);
  const foreign = { keys: 80, roles: [] };
  expect(requestsFor(times(50, create), factsWith(SILENT, { foreign }))).toBe(1 + 100 + 64);
});

test("what is made besides keys is looked up nowhere, and a revocation neither", () => {
  expect(requestsFor([createRole, revoke("removed")], factsWith(SILENT))).toBe(1 + 2);
});

test("the time is that of the limit, in whole seconds", () => {
  expect(requestBudget(times(50, create), factsWith(SILENT))).toEqual({ requests: 133, seconds: 14 });
  expect(requestBudget([create], factsWith(SILENT))).toEqual({ requests: 4, seconds: 1 });
});

test("a plan carries its budget, and its digest covers it", () => {
  const parts = {
    keys: [aDesiredKey(), aDesiredKey({ name: "new", deliverTo: [{ sink: "local", path: "new" }] })],
    live: [aLiveKey()],
  };
  const plan = aPlan(factsWith(SILENT, parts));
  expect(plan.changes).toHaveLength(1);
  expect(plan.budget).toEqual({ requests: 4, seconds: 1 });
  expect(plan.digest).not.toBe(
    aPlan(factsWith({ ...SILENT, rationing: { ...RATIONING, create: 3 } }, parts)).digest,
  );
  expect(aPlan(someFacts(parts))).not.toHaveProperty("budget");
});
