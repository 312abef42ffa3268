import fc from "fast-check";
import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, aRecord, holding, NOW, SLOT } from "./a-key.fixture.ts";
import type { Change, CreateKey } from "./change.ts";
import { digestOf } from "./digest.ts";
import { buildPlan, isEmpty, isIntact, type Plan, stalePoints } from "./plan.ts";
import {
  aDesiredPolicy,
  aDesiredRole,
  aLiveRole,
  aPlan,
  BINDING,
  type FactsParts,
  linesOf,
  someFacts,
  someLimits,
} from "./some-facts.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const new1 = aDesiredKey({ name: "new1" });
const new2 = aDesiredKey({ name: "new2", deliverTo: [{ sink: "local", path: "new2" }] });
const twoNew = (): Plan => aPlan(someFacts({ keys: [aDesiredKey(), new1, new2] }));

/** What a forger makes of a plan: anything, with a digest that fits. */
function forged(plan: Plan, over: Partial<Plan>): Plan {
  const { digest: _, createdAt, ...body } = { ...plan, ...over };
  return { ...body, createdAt, digest: digestOf(body) };
}

test("a plan tells what it is bound to and what it would do", () => {
  const plan = twoNew();
  expect(plan).toMatchObject({
    apiVersion: "keywright/v1",
    kind: "Plan",
    instance: "acme",
    store: BINDING.store,
    source: BINDING.source,
    manifestDigest: BINDING.manifestDigest,
    createdAt: NOW.toISOString(),
  });
  expect(linesOf(plan.changes)).toEqual(["create ApiKey new1", "create ApiKey new2"]);
  expect(plan.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(plan).not.toHaveProperty("allowed");
});

test("a plan survives JSON to the letter", () => {
  const plan = twoNew();
  const read = JSON.parse(JSON.stringify(plan)) as Plan;
  expect(read).toEqual(plan);
  expect(isIntact(read)).toBe(true);
  expect(stalePoints(read, plan)).toEqual([]);
});

test("a plan counts its changes, and the keys that stay as they are", () => {
  const plan = aPlan(
    someFacts({
      keys: [aDesiredKey(), new1, aDesiredKey({ name: "level", securityLevel: "advanced" })],
      live: [aLiveKey(), aLiveKey({ id: "gone" }, { name: "gone" })],
      roles: [aDesiredRole(), aDesiredRole({ name: "changed" })],
      liveRoles: [aLiveRole({ name: "changed", description: "was" })],
    }),
    { allowed: ["gone"] },
  );
  expect(plan.counts).toEqual({
    create: 2,
    adopt: 0,
    update: 1,
    rotate: 0,
    revoke: 1,
    blocked: 1,
    unchangedKeys: 1,
  });
});

test("a plan without changes is empty unless something is blocked", () => {
  expect(isEmpty(aPlan())).toBe(true);
  expect(isEmpty(twoNew())).toBe(false);
  expect(isEmpty(aPlan(someFacts({ live: [aLiveKey(), aLiveKey({ id: "copy" })] })))).toBe(false);
});

test("a plan carries the notices of reading before those of planning", () => {
  const read = { code: "OVERLAID", message: "scanner: spec.roles from prod/scanner.yaml" } as const;
  const facts = someFacts({ foreign: { keys: 1, roles: [] } });
  const plan = buildPlan(facts, { ...BINDING, notices: [read] }, someLimits());
  expect(plan.notices.map(({ code }) => code)).toEqual(["OVERLAID", "FOREIGN_KEYS"]);
});

test("a plan carries the violations of its guards", () => {
  expect(aPlan(someFacts({ keys: [] })).violations.map(({ guard }) => guard)).toEqual(["empty-desired-set"]);
});

const parts: FactsParts = {
  keys: [aDesiredKey({ roles: USER }), new1, new2],
  live: [aLiveKey(), aLiveKey({ id: "b" }, { name: "b" }), aLiveKey({ id: "a" }, { name: "a" })],
  roles: [aDesiredRole(), aDesiredRole({ name: "x" })],
  liveRoles: [aLiveRole({ name: "z" }), aLiveRole({ name: "y" })],
};

const shuffled = <T>(items: readonly T[] = []): fc.Arbitrary<readonly T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length });

test("the order of inputs never shows in a plan's digest", () => {
  const permuted = fc.record({
    keys: shuffled(parts.keys),
    live: shuffled(parts.live),
    roles: shuffled(parts.roles),
    liveRoles: shuffled(parts.liveRoles),
  });
  const expected = aPlan(someFacts(parts)).digest;
  fc.assert(
    fc.property(permuted, (other) => {
      expect(aPlan(someFacts(other)).digest).toBe(expected);
    }),
  );
});

test("the time of planning is no part of a plan's digest", () => {
  const later = aPlan(someFacts({ ...parts, now: new Date(NOW.getTime() + 60_000) }));
  expect(later.createdAt).not.toBe(NOW.toISOString());
  expect(later.digest).toBe(aPlan(someFacts(parts)).digest);
  expect(isIntact({ ...later, createdAt: NOW.toISOString() })).toBe(true);
});

test("G8: a plan that was edited is not intact", () => {
  const plan = twoNew();
  expect(isIntact(plan)).toBe(true);
  const edits: readonly Partial<Plan>[] = [
    { changes: [] },
    { changes: plan.changes.slice(1) },
    { instance: "other" },
    { store: "other" },
    { source: { ...plan.source, commit: "b".repeat(40) } },
    { manifestDigest: "sha256:other" },
    { liveDigest: "sha256:other" },
    { violations: [{ guard: "own-key", message: "m", hint: "h", names: [] }] },
    { counts: { ...plan.counts, revoke: 9 } },
    { digest: plan.digest.replace(/.$/, "x") },
  ];
  for (const edit of edits) expect(isIntact({ ...plan, ...edit }), JSON.stringify(edit)).toBe(false);
  expect(isIntact({ ...plan, note: "smuggled" } as Plan)).toBe(false);
});

test("G8: a plan made from the same facts may be applied", () => {
  expect(stalePoints(twoNew(), twoNew())).toEqual([]);
});

const MOVED: readonly (readonly [string, Partial<Plan>, string])[] = [
  ["instance", { instance: "other" }, "it is for instance acme, not other"],
  ["store", { store: "other:store" }, "it is for store memory:store, not other:store"],
  [
    "commit",
    { source: { type: "git", location: "x", commit: "b".repeat(40) } },
    "the commit moved from aaaaaaaaaaaa to bbbbbbbbbbbb",
  ],
  [
    "source",
    { source: { type: "directory", location: "x" } },
    "the commit moved from aaaaaaaaaaaa to none (a directory)",
  ],
  ["manifests", { manifestDigest: "sha256:other" }, "the manifests changed"],
  ["live store", { liveDigest: "sha256:other" }, "the live store changed"],
];

test.each(MOVED)("G8: a plan whose %s moved is stale, and says so", (_name, over, point) => {
  const plan = twoNew();
  expect(stalePoints(plan, { ...plan, ...over })).toEqual([point]);
});

test("G8: everything that moved is told at once", () => {
  const plan = twoNew();
  const other = Object.assign({}, plan, ...MOVED.map(([, over]) => over)) as Plan;
  expect(stalePoints(plan, other)).toHaveLength(5);
});

const movedLive: readonly (readonly [string, FactsParts])[] = [
  ["a key of ours that is gone", { ...parts, live: parts.live?.slice(1) ?? [] }],
  ["another status", { ...parts, live: [aLiveKey({ status: "expired" }), ...(parts.live?.slice(1) ?? [])] }],
  ["another role", { ...parts, liveRoles: [aLiveRole({ name: "z" })] }],
  ["another policy", { ...parts, livePolicy: { kind: "SecurityPolicy", requireExpiration: true } }],
];

test.each(movedLive)("G8: %s moves the live digest", (_name, moved) => {
  expect(aPlan(someFacts(moved)).liveDigest).not.toBe(aPlan(someFacts(parts)).liveDigest);
});

test("what is not ours may change between plan and apply", () => {
  const facts = someFacts({ ...parts, foreign: { keys: 9, roles: ["theirs"] } });
  expect(stalePoints(aPlan(someFacts(parts)), aPlan(facts))).toEqual([]);
});

test("G8: a change that is no longer what is needed makes a plan stale although nothing it is bound to moved", () => {
  const saved = aPlan(someFacts({ slots: [[SLOT, { type: "empty" }]] }));
  expect(linesOf(saved.changes)).toEqual(["rotate ApiKey scanner"]);
  expect(stalePoints(saved, aPlan())).toEqual(["rotate ApiKey scanner is no longer what is needed"]);
});

test("a reason that came along since, or a line that moved in the file, leaves a plan fresh", () => {
  const saved = aPlan(someFacts({ keys: [aDesiredKey({ roles: USER })] }));
  const key = aDesiredKey({ roles: USER, origin: { file: "keys/scanner.yaml", line: 9, column: 3 } });
  const fresh = aPlan(someFacts({ keys: [key], slots: [[SLOT, { type: "empty" }]] }));
  expect(fresh.changes).not.toEqual(saved.changes);
  expect(stalePoints(saved, fresh)).toEqual([]);
});

const smuggle = (plan: Plan, change: Change): Plan => forged(plan, { changes: [...plan.changes, change] });

test("G8: a smuggled change is refused, although the forged plan is intact", () => {
  const plan = twoNew();
  const [first] = plan.changes as readonly [CreateKey];
  const wider = {
    ...first,
    desired: { ...first.desired, roles: [{ type: "default", role: "ADMIN" }] },
  } as const;
  const elsewhere = { ...first, desired: { ...first.desired, deliverTo: [{ sink: "local", path: "mine" }] } };
  const revocation: Change = {
    action: "revoke",
    kind: "ApiKey",
    name: "scanner",
    key: { ...aLiveKey(), generation: 1, operation: "op1" },
    reason: "superseded",
    protected: false,
  };
  const smuggled: readonly Change[] = [
    wider,
    elsewhere,
    revocation,
    { action: "revoke", kind: "Role", name: "x" },
  ];
  for (const change of smuggled) {
    const edited = smuggle(plan, change);
    expect(isIntact(edited)).toBe(true);
    expect(stalePoints(edited, plan)).toHaveLength(1);
  }
});

test("G8: a change cannot be smuggled in by repeating one", () => {
  const plan = aPlan(someFacts({ keys: [aDesiredKey({ roles: USER })] }));
  const [rotation] = plan.changes;
  if (!rotation) throw new Error("there is no change");
  expect(stalePoints(smuggle(plan, rotation), plan)).toEqual([
    "rotate ApiKey scanner is no longer what is needed",
  ]);
});

test("G8: no revocation passes under another key's id", () => {
  const removed = someFacts({ keys: [new1], records: [aRecord()], slots: [[SLOT, holding(aLiveKey())]] });
  const plan = aPlan(removed);
  const changes = plan.changes.map((change) =>
    change.kind === "ApiKey" && change.action === "revoke"
      ? { ...change, key: { ...change.key, id: "other" } }
      : change,
  );
  expect(stalePoints(forged(plan, { changes }), plan)).toEqual([
    "revoke ApiKey scanner is no longer what is needed",
  ]);
});

test("a plan of roles and policy is compared like one of keys", () => {
  const facts = someFacts({
    roles: [aDesiredRole()],
    policy: aDesiredPolicy(),
    livePolicy: { kind: "SecurityPolicy", requireExpiration: false },
  });
  expect(linesOf(aPlan(facts).changes)).toEqual(["update SecurityPolicy policy", "create Role editor"]);
  expect(stalePoints(aPlan(facts), aPlan(facts))).toEqual([]);
});
