import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, at, holding, SLOT } from "./a-key.fixture.ts";
import { anAllowlist, anOwnedSecret, aSecret, factsBeside, type NeighbourParts } from "./a-secret.fixture.ts";
import type { DesiredSecret } from "./desired.ts";
import type { OwnedSecret } from "./live.ts";
import { aPlan, linesOf, someLimits } from "./some-facts.fixture.ts";
import { violationsOf } from "./guard.ts";

const named = (name: string): DesiredSecret => aSecret({ name, tag: name });
const ownedOf = (...names: readonly string[]): readonly OwnedSecret[] =>
  names.map((name) => anOwnedSecret({ id: `id-${name}`, name, tag: name }));

const linesFor = (parts: NeighbourParts): readonly string[] => linesOf(aPlan(factsBeside(parts)).changes);

const gone = aLiveKey({ id: "ak9" }, { name: "gone", operation: "op9" });
const recorded = [aRecord(), aRecord(gone, { name: "gone" })];

const ROTATED = { keys: [aDesiredKey({ roles: [{ type: "default", role: "USER" }] })] } as const;

test("secrets come after the keys that may feed them, their revocations before those of keys", () => {
  const lines = linesFor({
    ...ROTATED,
    live: [aLiveKey(), gone],
    records: recorded,
    secrets: [named("b")],
    values: { b: { type: "new" } },
    liveSecrets: { owned: ownedOf("a") },
    allowlist: anAllowlist(),
    liveAllowlist: [{ address: "10.0.0.1", description: "" }],
  });
  expect(lines).toEqual([
    "rotate ApiKey scanner",
    "create Secret b",
    "revoke Secret a",
    "revoke ApiKey gone",
    "update IpAllowlist offices",
  ]);
});

test("a store without secrets has none, whatever is declared, and the plan says so", () => {
  const parts = { secrets: [named("b")], allowlist: anAllowlist(), capabilities: { manages: [] } } as const;
  const plan = aPlan(factsBeside(parts));
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toEqual([
    { code: "NOT_MANAGEABLE", message: "secrets declared, not manageable in this store; left alone" },
    { code: "NOT_MANAGEABLE", message: "an IP allowlist declared, not manageable in this store; left alone" },
  ]);
});

test("a key that is held back feeds nothing in this run", () => {
  const parts: NeighbourParts = {
    keys: [aDesiredKey({ ...ROTATED.keys[0], protected: true })],
    secrets: [aSecret({ valueFrom: SLOT })],
    values: { partner: { type: "same" } },
    liveSecrets: { owned: [anOwnedSecret()] },
  };
  expect(linesFor(parts)).toEqual(["update ApiKey scanner"]);
  expect(linesFor({ ...parts, ...ROTATED })).toEqual(["rotate ApiKey scanner", "update Secret partner"]);
});

const OLD = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
const NEW = aLiveKey({}, { generation: 2 });
const AFTER_OVERLAP: NeighbourParts = {
  live: [OLD, NEW],
  records: [aRecord(NEW, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(-1) }] })],
  slots: [[SLOT, holding(NEW)]],
  secrets: [aSecret({ valueFrom: SLOT })],
  values: { partner: { type: "same" } },
  liveSecrets: { owned: [anOwnedSecret()] },
};

test("a replaced key ends when the secret that it feeds has its successor, or gets it in this run", () => {
  expect(linesFor(AFTER_OVERLAP)).toEqual(["revoke ApiKey scanner"]);
  expect(linesFor({ ...AFTER_OVERLAP, values: { partner: { type: "changed" } } })).toEqual([
    "update Secret partner",
    "revoke ApiKey scanner",
  ]);
  const notMade = { liveSecrets: {}, values: { partner: { type: "empty" } } } as const;
  expect(linesFor({ ...AFTER_OVERLAP, ...notMade })).toEqual(["revoke ApiKey scanner"]);
  const elsewhere = { secrets: [aSecret()], values: { partner: { type: "empty" } } } as const;
  expect(linesFor({ ...AFTER_OVERLAP, ...elsewhere })).toEqual(["revoke ApiKey scanner"]);
});

test.each<readonly [string, NeighbourParts]>([
  ["its source cannot be read", { values: { partner: { type: "unreadable", message: "no route" } } }],
  ["its source never gives a value", { values: { partner: { type: "blind" } } }],
  [
    "its tag was changed in the manifest",
    { secrets: [aSecret({ valueFrom: SLOT, tag: "other" })], values: { partner: { type: "changed" } } },
  ],
  [
    "it was renamed",
    { secrets: [aSecret({ valueFrom: SLOT, name: "renamed" })], values: { renamed: { type: "new" } } },
  ],
])("I2: a replaced key stays while the secret that it feeds cannot get its successor: %s", (_name, parts) => {
  const facts = factsBeside({ ...AFTER_OVERLAP, ...parts });
  const plan = aPlan(facts);
  expect(linesOf(plan.changes)).toEqual([]);
  expect(plan.blocked).toHaveLength(1);
});

test("a leaked key goes, whoever still holds a copy", () => {
  const parts = { ...AFTER_OVERLAP, values: { partner: { type: "blind" } } } as const;
  const requests = [{ type: "leak", name: "scanner", operation: "op0", reason: "test" }] as const;
  expect(linesFor({ ...parts, requests })).toEqual(["revoke ApiKey scanner"]);
});

test("with a request only the secrets that its key feeds come along; the IP allowlist does not", () => {
  const fed = aSecret({ valueFrom: SLOT });
  const parts: NeighbourParts = {
    secrets: [fed, named("b"), named("c")],
    values: { partner: { type: "same" }, b: { type: "new" }, c: { type: "empty" } },
    liveSecrets: { owned: [anOwnedSecret(), ...ownedOf("old")] },
    allowlist: anAllowlist(),
    liveAllowlist: [{ address: "10.0.0.1", description: "" }],
    requests: [{ type: "rotate", name: "scanner", reason: "test" }],
  };
  const plan = aPlan(factsBeside(parts));
  expect(linesOf(plan.changes)).toEqual(["rotate ApiKey scanner", "update Secret partner"]);
  expect(plan.blocked).toEqual([]);
  const { secrets: _, ...without } = parts;
  expect(linesFor(without)).toEqual(["rotate ApiKey scanner"]);
});

const digestOf = (parts: NeighbourParts): string => aPlan(factsBeside(parts)).liveDigest;

test("the plan is bound to the secrets and the list that it was made from, not to those of others", () => {
  const plain = digestOf({});
  expect(digestOf({ liveSecrets: { foreign: ["x"] } })).toBe(digestOf({ liveSecrets: {} }));
  const all = [digestOf({ liveSecrets: { owned: ownedOf("a") } }), digestOf({ liveAllowlist: [] }), plain];
  expect(new Set(all).size).toBe(3);
});

const guardsFor = (parts: NeighbourParts, allowed: readonly string[] = []): readonly string[] => {
  const facts = factsBeside(parts);
  return violationsOf(aPlan(facts).changes, facts, someLimits({ maxRevocations: 1, allowed })).map(
    ({ guard, message, names }) => `${guard}: ${message.replace(/;.*/, "")} (${names.join()})`,
  );
};

test("the revocations of secrets count against the budget together with those of keys", () => {
  const parts = { live: [aLiveKey(), gone], records: recorded, liveSecrets: { owned: ownedOf("a") } };
  expect(guardsFor(parts)).toEqual(["revocation-count: 1 key and 1 secret would be revoked (gone,secret/a)"]);
  expect(guardsFor(parts, ["secret/a"])).toEqual([]);
  expect(guardsFor({ liveSecrets: { owned: ownedOf("a", "b") } })).toEqual([
    "revocation-count: 2 secrets would be revoked (secret/a,secret/b)",
  ]);
});

test("no manifest at all is refused also where there are secrets only", () => {
  const none = { keys: [], live: [], records: [], liveSecrets: { owned: ownedOf("a") } };
  expect(guardsFor(none)).toEqual([
    "empty-desired-set: the manifests declare no key at all, and the store holds 1 secret of this instance (secret/a)",
  ]);
  expect(guardsFor({ ...none, secrets: [named("a")], values: { a: { type: "same" } } })).toEqual([]);
  expect(guardsFor({ ...none, secrets: [] })).toHaveLength(1);
});
