/** Drift over a whole world in memory: quiet as long as nothing drifts, and each class found, mended and quiet again. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DEFAULT_DRIFT_POLICY, type DriftClass, type DriftPolicy } from "../../src/core/drift/finding.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import { KeywrightError } from "../../src/core/error.ts";
import type { LiveKey } from "../../src/core/live.ts";
import type { Ledger } from "../../src/core/ports.ts";
import { isIntact } from "../../src/core/plan.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { Secret } from "../../src/core/secret.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { checkDrift, type DriftCheck } from "../../src/reconcile/check-drift.ts";
import { acknowledgeForeign, rememberAlone } from "../../src/reconcile/remember-baseline.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const ORIGIN = { file: "roles.yaml", line: 1, column: 1 };
const EDITOR = {
  kind: "Role",
  name: "editor",
  displayName: "Editor",
  description: "",
  permissions: ["Edit catalogs"],
  origin: ORIGIN,
} as const;

const worldOf = (universe: Universe): World => universe.boot().world;

const check = (
  universe: Universe,
  policy: Partial<DriftPolicy> = {},
  world = worldOf(universe),
): Promise<DriftCheck> => checkDrift(world, { policy: { ...DEFAULT_DRIFT_POLICY, ...policy } });

async function keysOf(universe: Universe, policy: Partial<DriftPolicy> = {}): Promise<readonly string[]> {
  return (await check(universe, policy)).report.findings.map(({ key }) => key);
}

/** As `drift --fix` does. */
async function fix(universe: Universe, policy: Partial<DriftPolicy> = {}): Promise<RunRecord | undefined> {
  const world = worldOf(universe);
  const { fix: plan, plan: whole, facts } = await check(universe, policy, world);
  if (plan.changes.length > 0) return applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
  await rememberAlone(world, facts, whole, "test");
  return undefined;
}

async function settled(...keys: DesiredKey[]): Promise<Universe> {
  const universe = createUniverse("drift");
  universe.declare(...(keys.length > 0 ? keys : [aKey("a")]));
  expect((await universe.boot().run())?.result).toBe("applied");
  expect(await keysOf(universe)).toEqual([]);
  return universe;
}

async function liveOf(universe: Universe, name = "a"): Promise<LiveKey> {
  const key = (await universe.liveKeys()).find(({ marker }) => marker?.name === name);
  if (!key) throw new Error(`no key of ${name}`);
  return key;
}

const QUIET: readonly DesiredKey[] = [
  aKey("third", {
    expires: { type: "after", ms: 30 * DAY_MS },
    rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 3 * DAY_MS },
  }),
  aKey("weekly", {
    rotation: { trigger: { type: "every", ms: 7 * DAY_MS }, overlapMs: 30 * HOUR_MS },
    roles: [{ type: "custom", tag: "editor" }],
  }),
  aKey("twice", {
    deliverTo: [
      { sink: "local", path: "twice" },
      { sink: "other", path: "twice" },
    ],
  }),
  aKey("endless", {
    expires: { type: "never" },
    rotation: { trigger: { type: "disabled" }, overlapMs: 0 },
    protected: true,
  }),
  aKey("ending", {
    expires: { type: "at", instant: "2027-02-01T00:00:00.000Z" },
    rotation: { trigger: { type: "disabled" }, overlapMs: 0 },
  }),
];

test.each([["the client"], ["the store"]])(
  "100 quiet checks over months find nothing, where %s mints",
  async (by) => {
    const mint = by === "the store" ? { mint: { by: "store", returnsId: false } as const } : {};
    const universe = createUniverse("quiet", { blind: true, ...mint });
    universe.store.makeByHand({ displayName: "Billing" });
    const staging = { instance: "staging", name: "x", generation: 1, operation: "aaaaaaaaaaaa" };
    universe.store.makeByHand({ displayName: "Staging 1", marker: staging });
    universe.desired = { ...universe.desired, roles: [EDITOR], keys: QUIET };
    expect((await universe.boot().run())?.result).toBe("applied");
    let rotated = 0;
    for (let count = 0; count < 100; count += 1) {
      universe.clock.advance((6 + ((count * 17) % 54)) * HOUR_MS);
      // Another instance goes about its own business.
      if (count % 9 === 0)
        universe.store.makeByHand({
          displayName: `Staging ${count}`,
          marker: { ...staging, generation: count + 2 },
        });
      expect(await keysOf(universe), `check ${count}`).toEqual([]);
      const record = await fix(universe);
      if (!record) continue;
      expect(record.result).toBe("applied");
      rotated += record.changes.filter(({ action }) => action === "rotate").length;
      expect(await keysOf(universe), `after the run of check ${count}`).toEqual([]);
    }
    expect(rotated).toBeGreaterThan(20);
  },
);

interface Case {
  readonly name: string;
  /** `{id}` stands for the key's. */
  readonly expected: string;
  readonly harm: (universe: Universe) => Promise<void> | void;
  /** Default: a fix as it is configured. */
  readonly mend?: (universe: Universe, harmed: LiveKey) => Promise<unknown>;
  readonly policy?: Partial<DriftPolicy>;
}

const spoil = async (universe: Universe): Promise<void> => {
  const slot = { sink: "local", path: "a" };
  const stamp = { key: "hand", operation: "hand", generation: 1, fingerprint: "x" };
  await universe.sinks.get("local")?.write(slot, "current", Secret.of("by hand"), stamp);
};

const CASES: readonly Case[] = [
  {
    name: "missing",
    expected: "missing/ApiKey/a/g1",
    harm: async (universe) => universe.store.revoke({ kind: "ApiKey", id: (await liveOf(universe)).id }),
  },
  { name: "expired", expected: "expired/ApiKey/a/g1", harm: ({ clock }) => clock.advance(91 * DAY_MS) },
  {
    name: "altered in place",
    expected: "altered/ApiKey/a/g1",
    harm: async (universe) =>
      void universe.store.editByHand((await liveOf(universe)).id, { displayName: "Mine" }),
    policy: { altered: "fix" },
  },
  {
    name: "altered, so that only a new key mends it",
    expected: "altered/ApiKey/a/g1",
    harm: async (universe) => void universe.store.editByHand((await liveOf(universe)).id, { roles: USER }),
    policy: { altered: "fix" },
  },
  {
    name: "sink-stale, emptied",
    expected: "sink-stale/ApiKey/a/g1",
    harm: async ({ sinks }) => sinks.get("local")?.remove({ sink: "local", path: "a" }, "current"),
  },
  { name: "sink-stale, spoiled", expected: "sink-stale/ApiKey/a/g1", harm: spoil },
  {
    name: "orphan",
    expected: "orphan/ApiKey/ghost/{id}",
    harm: ({ store }) =>
      void store.makeByHand({
        marker: { instance: "acme", name: "ghost", generation: 1, operation: "gggggggggggg" },
      }),
    mend: ({ store }, { id }) => store.revoke({ kind: "ApiKey", id }),
  },
  {
    name: "foreign",
    expected: "foreign/ApiKey/{id}",
    harm: ({ store }) => void store.makeByHand({ displayName: "Mine" }),
    mend: async (universe) => {
      const world = worldOf(universe);
      const { facts } = await check(universe, {}, world);
      await acknowledgeForeign(world, facts, { reason: "meant", holder: "test", waitMs: 0 });
    },
  },
  {
    name: "not-compliant",
    expected: "not-compliant/ApiKey/a/{id}",
    harm: ({ store }) =>
      store.update({
        kind: "SecurityPolicy",
        policy: {
          kind: "SecurityPolicy",
          name: "p",
          requireExpiration: true,
          maxLifetimeDays: 30,
          requireRotation: false,
          requireOwner: false,
          origin: ORIGIN,
        },
      }),
    mend: async (universe, { id }) => {
      universe.declare(aKey("a", { expires: { type: "after", ms: 20 * DAY_MS } }));
      await universe.boot().run();
      universe.clock.advance(25 * HOUR_MS);
      await fix(universe);
      expect((await universe.liveKeys()).map((key) => key.id)).not.toContain(id);
    },
  },
  {
    name: "unapplied-commit",
    expected: "unapplied-commit/",
    harm: (universe) => universe.declare(aKey("a", { displayName: "New" })),
    mend: (universe) => universe.boot().run(),
  },
];

test.each(CASES)("$name: found, told the same at every check, and quiet once it is mended", async (each) => {
  const universe = await settled();
  await each.harm(universe);
  const harmed = (await universe.liveKeys()).findLast(
    ({ id }) => each.expected.includes("{id}") && id !== "",
  );
  const first = await check(universe, each.policy);
  universe.clock.advance(HOUR_MS);
  const second = await check(universe, each.policy);
  expect(second.report.findings).toEqual(first.report.findings);
  expect(first.report.findings).toHaveLength(1);
  expect(first.report.findings[0]?.key).toContain(each.expected.replace("{id}", harmed?.id ?? ""));
  await (each.mend ? each.mend(universe, harmed ?? (await liveOf(universe))) : fix(universe, each.policy));
  expect(await keysOf(universe, each.policy)).toEqual([]);
});

test.each<[DriftClass, Partial<DriftPolicy>]>([
  ["altered", {}],
  ["sink-stale", { "sink-stale": "report" }],
  ["missing", { missing: "ignore" }],
])("a fix does nothing about %s that it is not configured to mend", async (name, policy) => {
  const universe = await settled();
  await CASES.find((each) => each.expected.startsWith(`${name}/`))?.harm(universe);
  const before = [...universe.store.peek()];
  expect(await fix(universe, policy)).toBeUndefined();
  expect([...universe.store.peek()]).toEqual(before);
  expect(await keysOf(universe, policy)).toHaveLength(1);
});

test("a fix carries out what it may and leaves the rest, as a plan that can be applied", async () => {
  const universe = await settled(aKey("a"), aKey("b"));
  universe.store.editByHand((await liveOf(universe, "a")).id, { displayName: "Mine" });
  await universe.store.revoke({ kind: "ApiKey", id: (await liveOf(universe, "b")).id });
  const { fix: plan, plan: whole } = await check(universe);
  expect(isIntact(plan)).toBe(true);
  expect(whole.changes).toHaveLength(2);
  expect(plan).toMatchObject({
    changes: [{ action: "create", name: "b" }],
    counts: { create: 1, update: 0 },
    blocked: [],
  });
  expect(await fix(universe)).toMatchObject({ result: "applied", counts: { applied: 1 } });
  expect(await keysOf(universe)).toEqual(["altered/ApiKey/a/g1"]);
});

test("a fix is guarded as every apply is", async () => {
  const universe = await settled();
  universe.declare();
  const { fix: plan } = await check(universe, { "unapplied-commit": "fix" });
  expect(plan.violations).toMatchObject([{ guard: "empty-desired-set" }]);
  await expect(fix(universe, { "unapplied-commit": "fix" })).rejects.toMatchObject({ code: "GUARD_REFUSED" });
  expect((await liveOf(universe)).status).toBe("active");
});

test("a manifest that an apply had nothing to do for counts as applied", async () => {
  const universe = await settled();
  const live = await liveOf(universe);
  universe.store.editByHand(live.id, { displayName: "New" });
  universe.declare(aKey("a", { displayName: "New" }));
  expect(await keysOf(universe)).toEqual([]);
  await fix(universe);
  universe.store.editByHand(live.id, { displayName: "Mine" });
  expect(await keysOf(universe)).toEqual(["altered/ApiKey/a/g1"]);
});

test("a fix remembers nothing where there is nothing new, and leaves it to a run that is under way", async () => {
  const universe = await settled();
  const lines = (): unknown => structuredClone([universe.history.events, universe.history.table]);
  const before = lines();
  await fix(universe);
  expect(lines()).toEqual(before);
  universe.declare(aKey("a", { rotation: { trigger: { type: "disabled" }, overlapMs: 0 } }));
  const other = openMemoryLedger(universe.history);
  const lease = await other.lease({ run: "r", description: "another" }, 0);
  await fix(universe);
  expect(lines()).toEqual(before);
  await lease.release();
  await fix(universe);
  expect(lines()).not.toEqual(before);
});

test("keys that come between the look and the acknowledgement are not known by it", async () => {
  const universe = await settled();
  universe.store.makeByHand({ displayName: "Seen" });
  const world = worldOf(universe);
  const { facts } = await check(universe, {}, world);
  const unseen = universe.store.makeByHand({ displayName: "Unseen" });
  await acknowledgeForeign(world, facts, { reason: "meant", holder: "test", waitMs: 0 });
  expect(await keysOf(universe)).toEqual([`foreign/ApiKey/${unseen.id}`]);
  await expect(
    acknowledgeForeign(world, facts, { reason: "again", holder: "test", waitMs: 0 }),
  ).rejects.toMatchObject({ code: "LEDGER_CONFLICT" });
});

test("what is missing from a list that is not whole is not called missing", async () => {
  const universe = await settled();
  const world = worldOf(universe);
  const store = {
    ...world.store,
    // eslint-disable-next-line require-yield
    async *list() {
      throw new KeywrightError("STORE_INCOMPLETE", "page 2 is missing");
    },
  };
  await expect(check(universe, {}, { ...world, store })).rejects.toMatchObject({ code: "STORE_INCOMPLETE" });
});

/** Whose ledger goes on for the first `looks` looks, as if a run were under way. */
function restless(universe: Universe, looks: number, harm: (look: number) => Promise<unknown>): World {
  const world = worldOf(universe);
  let look = 0;
  const records: Ledger["records"] = async () => {
    look += 1;
    if (look <= looks) await harm(look);
    return world.ledger.records();
  };
  return { ...world, ledger: { ...world.ledger, records } };
}

test("what a run under way makes look like drift is looked at again", async () => {
  const universe = await settled();
  universe.clock.advance(60 * DAY_MS);
  const stale = await worldOf(universe).ledger.records();
  await universe.boot().run();
  const world = worldOf(universe);
  let looks = 0;
  // The first look reads the ledger from before a rotation, and the store from after it.
  const records: Ledger["records"] = () => {
    looks += 1;
    return looks > 1 ? world.ledger.records() : Promise.resolve(stale);
  };
  const { report } = await check(universe, {}, { ...world, ledger: { ...world.ledger, records } });
  expect(report.findings).toEqual([]);
  expect(looks).toBe(2);
});

test("where the ledger never rests, only what every look finds is told", async () => {
  const universe = await settled(aKey("a"), aKey("b"));
  universe.store.editByHand((await liveOf(universe, "b")).id, { displayName: "Mine" });
  const writer = openMemoryLedger(universe.history);
  const { id } = await liveOf(universe, "a");
  const world = restless(universe, 9, async (look) => {
    const record = (await writer.records()).get("a");
    if (!record) throw new Error("no record");
    const { name: _, version, ...body } = record;
    await writer.claim("a", version, body);
    universe.store.editByHand(id, { displayName: look % 2 === 0 ? "a" : "Mine" });
  });
  const { report } = await check(universe, {}, world);
  expect(report.findings.map(({ key }) => key)).toEqual(["altered/ApiKey/b/g1"]);
  expect(report.counts.report).toBe(1);
});
