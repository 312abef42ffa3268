/** Keys that somebody else made: adopted in a process that may die anywhere, kept, and given up again. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import type { EffectIntent, LedgerEvent } from "../../src/core/ledger-event.ts";
import type { LiveKey } from "../../src/core/live.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { Minting } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import type { RunRecord } from "../../src/core/run.ts";
import type { Secret } from "../../src/core/secret.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { NoticeChannel } from "../../src/core/ports.ts";
import { findLeak } from "../../src/reconcile/find-leak.ts";
import { aKey, createUniverse, type Fuse, type Process, type Universe } from "./memory-world.fixture.ts";

const SLOT = { sink: "local", path: "a" };
const WHY = { name: "a", reason: "moving to CI" } as const;
const TAKE: KeyRequest = { type: "take-custody", ...WHY };

interface World {
  readonly universe: Universe;
  readonly id: string;
  readonly secret: Secret;
  /** What the manifest says, without a sink. */
  readonly manifest: (over?: Partial<DesiredKey>) => DesiredKey;
}

/** A key that a person made, and a manifest that adopts it. */
function aWorld(options: { readonly mint?: Minting } = {}): World {
  const universe = createUniverse("adoption", options);
  const { id, secret } = universe.store.makeByHand({ displayName: "Made by hand", labels: { team: "x" } });
  const manifest = (over: Partial<DesiredKey> = {}): DesiredKey =>
    aKey("a", {
      adopt: { id },
      deliverTo: [],
      displayName: "Scanner",
      owner: "platform",
      expires: { type: "never" },
      ...over,
    });
  universe.declare(manifest());
  return { universe, id, secret, manifest };
}

const keyOf = async ({ universe, id }: World): Promise<LiveKey | undefined> =>
  (await universe.liveKeys()).find((key) => key.id === id);

const isLetIn = async ({ universe, secret }: World): Promise<boolean> =>
  (await universe.store.verify(secret)).valid;

async function eventsOf(process: Process): Promise<readonly LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const event of process.world.ledger.events()) events.push(event);
  return events;
}

const outcomesOf = (record: RunRecord | undefined): readonly string[] =>
  (record?.changes ?? []).map(({ action, name, outcome }) => `${action} ${name} ${outcome}`);

/** What no plan finds anything wrong with. */
async function isSettled({ universe }: World): Promise<boolean> {
  const { plan } = await universe.boot().plan();
  return isEmpty(plan);
}

test("an adopted key gets our marker and the declared metadata, and keeps all that it may do", async () => {
  const world = aWorld();
  const before = await keyOf(world);
  expect(outcomesOf(await world.universe.boot().run())).toEqual(["adopt a applied"]);
  const after = await keyOf(world);
  expect(after).toMatchObject({ displayName: "Scanner", owner: "platform", labels: {} });
  expect(after?.marker).toMatchObject({ instance: "acme", name: "a", generation: 1 });
  for (const field of ["roles", "expiresAt", "last4", "securityLevel", "createdAt", "status"] as const) {
    expect(after?.[field]).toEqual(before?.[field]);
  }
  expect(await isLetIn(world)).toBe(true);
  expect(await isSettled(world)).toBe(true);
});

test("I7: an adoption has its intent before it and its outcome after it", async () => {
  const { universe } = aWorld();
  const process = universe.boot();
  await process.run();
  const events = await eventsOf(universe.boot());
  const ours = events.filter(
    (event): event is EffectIntent => "effect" in event && event.effect === "adopt-key",
  );
  expect(ours.map(({ type }) => type)).toEqual(["intent", "outcome"]);
  expect(ours[0]?.operation).toMatch(/^[0-9a-v]{12}$/);
});

test.each([false, true])(
  "a crash at any operation of an adoption leaves it done or to be done (protected: %s)",
  async (isProtected) => {
    const start = (): World => {
      const world = aWorld();
      world.universe.declare(world.manifest({ protected: isProtected }));
      return world;
    };
    const rehearsal = start().universe.boot();
    await rehearsal.run();
    expect(rehearsal.operations()).toBeGreaterThan(3);
    for (let at = 0; at < rehearsal.operations(); at += 1) {
      for (const when of ["before", "after"] as const) await survives(start(), { at, when }, isProtected);
    }
  },
);

async function survives(world: World, fuse: Fuse, isProtected: boolean): Promise<void> {
  const { universe } = world;
  const at = `${fuse.when} operation ${fuse.at}`;
  await universe.boot(fuse).run();
  expect(await isLetIn(world), at).toBe(true);
  const marked = (await keyOf(world))?.marker;
  await universe.boot().run();
  const { marker } = (await keyOf(world)) ?? {};
  expect(marker, at).toMatchObject({ name: "a", generation: 1 });
  // What was marked is not marked again.
  expect(marker, at).toEqual(marked ?? marker);
  expect(await isSettled(world), at).toBe(true);
  expect(await isLetIn(world), at).toBe(true);
  expect(universe.history.table.get("a")?.record?.protected ?? false, at).toBe(isProtected);
  expect((await universe.liveKeys()).length, at).toBe(2);
}

test("an adopted key is known for what it is when the ledger is lost", async () => {
  const world = aWorld();
  await world.universe.boot().run();
  world.universe.history.table.clear();
  expect(await isSettled(world)).toBe(true);
});

test("no run rotates an adopted key, however long it lives", async () => {
  const world = aWorld();
  await world.universe.boot().run();
  for (let year = 0; year < 3; year += 1) {
    world.universe.clock.advance(365 * DAY_MS);
    expect(await isSettled(world)).toBe(true);
  }
  expect(await isLetIn(world)).toBe(true);
});

test("the metadata of an adopted key is brought back after a person changed it", async () => {
  const world = aWorld();
  await world.universe.boot().run();
  const key = await keyOf(world);
  if (!key?.marker) throw new Error("it is not adopted");
  await world.universe.store.update({ ...key, marker: key.marker, displayName: "Bent" });
  expect(outcomesOf(await world.universe.boot().run())).toEqual(["update a applied"]);
  expect(await keyOf(world)).toMatchObject({ displayName: "Scanner" });
});

test("I4: the key that we run with is not adopted, and the plan is refused", async () => {
  const { universe, manifest } = aWorld();
  const own = universe.store.ownKeyId ?? "";
  universe.declare(manifest({ adopt: { id: own } }));
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  expect(plan.violations.map(({ guard }) => guard)).toEqual(["own-key"]);
  const options = { leaseWaitMs: 0, holder: "test", allowed: ["a"] };
  await expect(applyPlan(plan, world, options)).rejects.toMatchObject({ code: "GUARD_REFUSED" });
  expect((await universe.liveKeys()).filter(({ marker }) => marker)).toEqual([]);
});

test("I4: a key that another instance manages stays that one's", async () => {
  const { universe, manifest } = aWorld();
  const marker = { instance: "other", name: "theirs", generation: 3, operation: "0123456789ab" };
  const { id } = universe.store.makeByHand({ marker });
  universe.declare(manifest({ adopt: { id } }));
  const record = await universe.boot().run();
  expect(record).toMatchObject({ result: "failed", blocked: [{ code: "ADOPTION_FOREIGN" }] });
  expect((await universe.liveKeys()).find((key) => key.id === id)?.marker).toEqual(marker);
});

test("a key that is gone between plan and apply makes the plan stale", async () => {
  const { universe, id } = aWorld();
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  await universe.store.revoke({ kind: "ApiKey", id });
  const options = { leaseWaitMs: 0, holder: "test" };
  await expect(applyPlan(plan, world, options)).rejects.toMatchObject({ code: "PLAN_STALE" });
});

test("a key that somebody revokes is not made again", async () => {
  const { universe, id } = aWorld();
  await universe.boot().run();
  await universe.store.revoke({ kind: "ApiKey", id });
  const record = await universe.boot().run();
  expect(record).toMatchObject({ changes: [], blocked: [{ code: "ADOPTION_MISSING" }] });
  expect((await universe.liveKeys()).length).toBe(1);
});

test("a manifest that is taken away ends the adopted key", async () => {
  const world = aWorld();
  world.universe.declare(world.manifest(), aKey("b"));
  await world.universe.boot().run();
  world.universe.declare(aKey("b"));
  expect(outcomesOf(await world.universe.boot().run())).toEqual(["revoke a applied"]);
  expect(await isLetIn(world)).toBe(false);
});

test("a manifest that drops `adopt` and declares a sink takes custody", async () => {
  const world = aWorld();
  await world.universe.boot().run();
  const { adopt: _, ...manifest } = world.manifest({ deliverTo: [SLOT] });
  world.universe.declare(manifest);
  expect(outcomesOf(await world.universe.boot().run())).toEqual(["rotate a applied"]);
  expect(await isLetIn(world)).toBe(true);
});

const MINTS: readonly (readonly [string, Minting | undefined])[] = [
  ["sink-first", undefined],
  ["minted by the store", { by: "store", returnsId: true }],
  ["minted by the store, no id", { by: "store", returnsId: false }],
];

test.each(MINTS)(
  "%s: custody puts a successor into the sink, and the old key ends after the overlap",
  async (_, mint) => {
    const world = aWorld(mint && { mint });
    const { universe, manifest } = world;
    await universe.boot().run();
    universe.declare(manifest({ deliverTo: [SLOT] }));
    const { plan: waiting } = await universe.boot().plan();
    expect(waiting).toMatchObject({ changes: [], blocked: [{ code: "CUSTODY_ELSEWHERE" }] });
    const record = await universe.boot().run(undefined, [TAKE]);
    expect(record).toMatchObject({ result: "applied", requests: [TAKE] });
    const successor = universe.sinks.get("local")?.peek(SLOT)?.secret;
    if (!successor) throw new Error("no successor was delivered");
    expect((await universe.store.verify(successor)).valid).toBe(true);
    expect(await isLetIn(world)).toBe(true);
    const { plan } = await universe.boot().plan();
    expect(isEmpty(plan)).toBe(true);
    expect(plan.notices.map(({ code }) => code)).toEqual(["CUSTODY_TAKEN"]);
    universe.clock.advance(25 * HOUR_MS);
    expect(outcomesOf(await universe.boot().run())).toEqual(["revoke a applied"]);
    expect(await isLetIn(world)).toBe(false);
    expect((await universe.store.verify(successor)).valid).toBe(true);
    universe.declare(aKey("a", { displayName: "Scanner", owner: "platform", expires: { type: "never" } }));
    expect(await isSettled(world)).toBe(true);
  },
);

test("I2: with a lost ledger the successor stays current, and nothing is rotated again", async () => {
  const world = aWorld();
  const { universe, manifest } = world;
  await universe.boot().run();
  universe.declare(manifest({ deliverTo: [SLOT] }));
  await universe.boot().run(undefined, [TAKE]);
  universe.history.table.clear();
  expect(await isSettled(world)).toBe(true);
});

test("a leaked adopted key is found by what was pasted, replaced, and ended at once", async () => {
  const world = aWorld();
  const { universe, manifest, secret, id } = world;
  universe.declare(manifest({ deliverTo: [SLOT] }));
  await universe.boot().run();
  const { world: ports } = universe.boot();
  const { facts } = await makePlan(ports);
  const found = await findLeak(ports, facts, secret);
  if (found.type !== "ours") throw new Error(`it was found to be ${found.type}`);
  expect(found).toMatchObject({ name: "a", id });
  const leak: KeyRequest = { type: "leak", ...WHY, operation: found.operation };
  expect(outcomesOf(await universe.boot().run(undefined, [leak]))).toEqual([
    "rotate a applied",
    "revoke a applied",
  ]);
  expect(await isLetIn(world)).toBe(false);
  const successor = universe.sinks.get("local")?.peek(SLOT)?.secret;
  expect(successor && (await universe.store.verify(successor)).valid).toBe(true);
  expect(await isSettled(world)).toBe(true);
});

test("a key that is about to end is told of as any other", async () => {
  const world = aWorld();
  const { universe, manifest } = world;
  const end = new Date(universe.clock.now().getTime() + 40 * DAY_MS).toISOString();
  const { id } = universe.store.makeByHand({ expiresAt: end });
  universe.declare(manifest({ adopt: { id }, expires: { type: "at", instant: end } }));
  await universe.boot().run();
  universe.clock.advance(35 * DAY_MS);
  const told: string[] = [];
  const { world: ports } = universe.boot();
  const channel: NoticeChannel = {
    name: "ops",
    events: ["expiring"],
    tell: async ({ items }) => {
      told.push(...items.map(({ name, daysBefore }) => `${name} ${daysBefore}`));
      return {};
    },
  };
  const { plan } = await makePlan(ports);
  expect(isEmpty(plan)).toBe(true);
  await applyPlan(plan, { ...ports, channels: [channel] }, { leaseWaitMs: 0, holder: "test" });
  expect(told).toEqual(["a 7"]);
  expect(await isSettled(world)).toBe(true);
});

test("a key of ours that lost its marker gets the same one back by an adoption, and the ledger knows it again", async () => {
  const universe = createUniverse("adoption");
  universe.declare(aKey("a"));
  await universe.boot().run();
  const key = (await universe.liveKeys()).find(({ marker }) => marker);
  if (!key) throw new Error("there is no key");
  universe.store.editByHand(key.id, { marker: undefined });
  universe.declare(aKey("a", { adopt: { id: key.id } }));
  expect(outcomesOf(await universe.boot().run())).toEqual(["adopt a applied"]);
  expect((await universe.liveKeys()).find(({ id }) => id === key.id)?.marker).toEqual(key.marker);
  universe.declare(aKey("a"));
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

test("a key that is named in guards.ownKey is no foreign one", async () => {
  const { universe, id } = aWorld();
  universe.declare();
  const foreign = async (ownKeyIds: readonly string[]) => {
    const { world } = universe.boot();
    const { facts } = await makePlan({ ...world, limits: { ...world.limits, ownKeyIds } });
    return (facts.live.foreign.listed ?? []).map((each) => each.id);
  };
  expect(await foreign([])).toEqual([id]);
  expect(await foreign([id])).toEqual([]);
});
