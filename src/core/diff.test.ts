import fc from "fast-check";
import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, anIntent, aRecord, at, holding, SLOT } from "./a-key.fixture.ts";
import type { DesiredKey } from "./desired.ts";
import { diff } from "./diff.ts";
import { canonicalJson } from "./digest.ts";
import type { Facts } from "./facts.ts";
import type { OwnedKey } from "./live.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  type FactsParts,
  linesFor,
  someFacts,
} from "./some-facts.fixture.ts";

const EDITOR = [{ type: "custom", tag: "editor" }] as const;
const USER = [{ type: "default", role: "USER" }] as const;

const named = (name: string, over: Partial<DesiredKey> = {}): DesiredKey =>
  aDesiredKey({ name, deliverTo: [{ sink: "local", path: name }], ...over });

const liveNamed = (name: string, over: Partial<OwnedKey> = {}): OwnedKey =>
  aLiveKey({ id: `id-${name}`, ...over }, { name, operation: `op-${name}` });

const superseded = aLiveKey({ id: "ak0" }, { generation: 1, operation: "op0" });
const current = aLiveKey({}, { generation: 2 });

/** Something of everything: policy, roles and keys to create, update, rotate, revoke and leave alone. */
const everything: FactsParts = {
  keys: [named("d"), named("b", { roles: USER }), aDesiredKey(), named("c", { description: "new" })],
  live: [superseded, current, liveNamed("a"), liveNamed("b"), liveNamed("c")],
  records: [
    aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(0) }] }),
    aRecord(liveNamed("a")),
    aRecord(liveNamed("b"), { protected: true }),
    aRecord(liveNamed("c"), { intent: anIntent(2, "op-x") }),
  ],
  slots: [
    [SLOT, holding(current)],
    [{ sink: "local", path: "b" }, holding(liveNamed("b"))],
    [{ sink: "local", path: "c" }, { type: "empty" }],
    [
      { sink: "local", path: "d" },
      { type: "unreadable", message: "timeout" },
    ],
  ],
  roles: [
    aDesiredRole({ name: "z" }),
    aDesiredRole({ name: "y", description: "new" }),
    aDesiredRole({ name: "f" }),
  ],
  liveRoles: [aLiveRole({ name: "y" }), aLiveRole({ name: "x" }), aLiveRole({ name: "w" })],
  foreign: { keys: 3, roles: ["g", "f"] },
  policy: aDesiredPolicy({ maxLifetimeDays: 200 }),
  livePolicy: { kind: "SecurityPolicy", requireExpiration: false },
};

test("policy comes first, then roles, then keys, then revocations of keys, then those of roles", () => {
  expect(linesFor(someFacts(everything))).toEqual([
    "update SecurityPolicy policy",
    "update Role y",
    "create Role z",
    "update ApiKey b",
    "rotate ApiKey b",
    "rotate ApiKey c",
    "create ApiKey d",
    "revoke ApiKey a",
    "revoke ApiKey scanner",
    "revoke Role w",
    "revoke Role x",
  ]);
});

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length });

test("the order of inputs never matters", () => {
  const base = someFacts({
    ...everything,
    roles: [...(everything.roles ?? []), aDesiredRole({ name: "g" })],
    live: [...(everything.live ?? []), aLiveKey({ id: "twin" }, { name: "a", operation: "op-a" })],
  });
  const permuted: fc.Arbitrary<Facts> = fc
    .record({
      keys: shuffled(base.desired.keys),
      roles: shuffled(base.desired.roles),
      live: shuffled(base.live.keys),
      liveRoles: shuffled(base.live.roles),
      foreign: shuffled(base.live.foreign.roles),
      records: shuffled([...base.records]),
      slots: shuffled([...base.slots]),
    })
    .map(({ keys, roles, live, liveRoles, foreign, records, slots }) => ({
      ...base,
      desired: { ...base.desired, keys, roles },
      live: { ...base.live, keys: live, roles: liveRoles, foreign: { keys: 3, roles: foreign } },
      records: new Map(records),
      slots: new Map(slots),
    }));
  const expected = canonicalJson(diff(base));
  fc.assert(
    fc.property(permuted, (facts) => {
      expect(canonicalJson(diff(facts))).toBe(expected);
    }),
  );
});

test("what the store cannot manage is not touched in it", () => {
  const facts = someFacts({ ...everything, capabilities: { manages: [] } });
  expect(linesFor(facts).filter((line) => !line.includes("ApiKey"))).toEqual([]);
  expect(diff(facts).blocked).toEqual([]);
});

test("a role is not revoked while a key in its overlap still has it", () => {
  const holder = { ...superseded, roles: EDITOR };
  const overlapping = (ms: number): FactsParts => ({
    live: [holder, current],
    records: [aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(ms) }] })],
    slots: [[SLOT, holding(current)]],
    liveRoles: [aLiveRole()],
  });
  expect(linesFor(someFacts(overlapping(1)))).toEqual([]);
  expect(linesFor(someFacts(overlapping(0)))).toEqual(["revoke ApiKey scanner", "revoke Role editor"]);
});

test("a role is not revoked in the run that rotates the key which has it", () => {
  const live = [aLiveKey({ roles: EDITOR })];
  expect(linesFor(someFacts({ live, liveRoles: [aLiveRole()] }))).toEqual(["rotate ApiKey scanner"]);
});

test("a role goes with the last key that has it", () => {
  const parts = { keys: [named("d")], live: [aLiveKey({ roles: EDITOR })], liveRoles: [aLiveRole()] };
  expect(linesFor(someFacts(parts))).toEqual([
    "create ApiKey d",
    "revoke ApiKey scanner",
    "revoke Role editor",
  ]);
});

test("a mint that is blocked takes the revocations of its name with it, and leaves updates", () => {
  const key = aDesiredKey({ securityLevel: "advanced", protected: true });
  const records = [aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(0) }] })];
  const facts = someFacts({ keys: [key], live: [superseded, current], records });
  expect(linesFor(facts)).toEqual(["update ApiKey scanner"]);
  expect(diff(facts).blocked.map(({ code }) => code)).toEqual(["SECURITY_LEVEL_UNSUPPORTED"]);
});
