/** Applying a plan: what is refused, what goes on, what is recorded. */

import { expect, test } from "vitest";
import { BASELINE_RECORD } from "../../src/core/baseline.ts";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import { KeywrightError } from "../../src/core/error.ts";
import type { LedgerEvent } from "../../src/core/ledger-event.ts";
import { digestOf } from "../../src/core/digest.ts";
import { isEmpty, type Plan } from "../../src/core/plan.ts";
import type { KeyStore, SecretSink } from "../../src/core/ports.ts";
import { createMemoryHistory, openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, consumerIsServed, createUniverse, type Universe } from "./memory-world.fixture.ts";

const USER = [{ type: "default", role: "USER" }] as const;
const OPTIONS = { leaseWaitMs: 0, holder: "test" };

async function converged(...keys: DesiredKey[]): Promise<Universe> {
  const universe = createUniverse();
  universe.declare(...keys);
  await universe.boot().run();
  return universe;
}

/** Which port calls change something. */
function counting(world: World): { readonly world: World; readonly mutations: () => number } {
  let mutations = 0;
  const count = <T>(result: Promise<T>): Promise<T> => {
    mutations += 1;
    return result;
  };
  const store: KeyStore = {
    ...world.store,
    identity: world.store.identity,
    list: (kind, signal) => world.store.list(kind, signal),
    create: (request) => count(world.store.create(request)),
    update: (request) => count(world.store.update(request)),
    revoke: (request) => count(world.store.revoke(request)),
    verify: (secret) => count(world.store.verify(secret)),
  };
  const sinks = new Map<string, SecretSink>(
    [...world.sinks].map(([name, sink]) => [
      name,
      {
        ...sink,
        write: (...args) => count(sink.write(...args)),
        remove: (...args) => count(sink.remove(...args)),
      },
    ]),
  );
  return { world: { ...world, store, sinks }, mutations: () => mutations };
}

test("a second plan is empty and sends no mutating request", async () => {
  const universe = await converged(aKey("a"), aKey("b"));
  const { world, mutations } = counting(universe.boot().world);
  const { plan } = await makePlan(world);
  expect(isEmpty(plan)).toBe(true);
  expect((await applyPlan(plan, world, OPTIONS)).result).toBe("no-change");
  expect(mutations()).toBe(0);
});

test("a lost ledger costs no rotation", async () => {
  const universe = await converged(aKey("a"), aKey("b", { deliverTo: [{ sink: "other", path: "b" }] }));
  const forgetful: World = { ...universe.boot().world, ledger: openMemoryLedger(createMemoryHistory()) };
  expect((await makePlan(forgetful)).plan.changes).toEqual([]);
});

test("an old copy of the ledger blocks the key instead of revoking the one in use", async () => {
  const universe = await converged(aKey("a"));
  const old = createMemoryHistory();
  for (const [name, record] of universe.history.table) old.table.set(name, structuredClone(record));
  universe.declare(aKey("a", { roles: USER }));
  await universe.boot().run();
  const behind: World = { ...universe.boot().world, ledger: openMemoryLedger(old) };
  const { plan } = await makePlan(behind);
  expect(plan.changes).toEqual([]);
  expect(plan.blocked.map(({ code }) => code)).toEqual(["LEDGER_BEHIND"]);
});

test("a rotation keeps the old key for its overlap, and not longer", async () => {
  const universe = await converged(aKey("a"));
  const old = universe.sinks.get("local")?.peek({ sink: "local", path: "a" })?.secret;
  if (!old) throw new Error("no first value");
  universe.declare(aKey("a", { roles: USER }));
  await universe.boot().run();
  expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
  expect((await universe.store.verify(old)).valid).toBe(true);
  universe.clock.advance(24 * HOUR_MS - 1);
  expect((await universe.boot().plan()).plan.changes).toEqual([]);
  universe.clock.advance(1);
  const record = await universe.boot().run();
  expect(record?.changes.map(({ action, outcome }) => [action, outcome])).toEqual([["revoke", "applied"]]);
  expect((await universe.store.verify(old)).valid).toBe(false);
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

const MOVES: readonly (readonly [string, (universe: Universe) => Promise<void>, RegExp])[] = [
  [
    "the manifests",
    async (universe) => universe.declare(aKey("a"), aKey("b"), aKey("c")),
    /the manifests changed/,
  ],
  [
    "the live store",
    async (universe) => {
      const key = (await universe.liveKeys()).find(({ marker }) => marker);
      if (!key?.marker) throw new Error("no key");
      await universe.store.update({ ...key, marker: key.marker, displayName: "edited by hand" });
    },
    /the live store changed/,
  ],
];

test.each(MOVES)("a plan is refused when %s moved, and it is said which", async (_name, move, message) => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a"), aKey("b"));
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  await move(universe);
  await expect(applyPlan(plan, world, OPTIONS)).rejects.toThrow(message);
  expect(await universe.liveKeys()).toHaveLength(2);
});

test("an edited plan is refused, with its digest made anew too", async () => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a"), aKey("b"));
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  const [change] = plan.changes;
  if (change?.kind !== "ApiKey" || change.action !== "create") throw new Error("no create");
  const desired = { ...change.desired, deliverTo: [{ sink: "other", path: "elsewhere" }] };
  const edited: Plan = { ...plan, changes: [{ ...change, desired }] };
  await expect(applyPlan(edited, world, OPTIONS)).rejects.toMatchObject({ code: "PLAN_INVALID" });
  const { digest: _, createdAt, ...body } = edited;
  const forged: Plan = { ...body, createdAt, digest: digestOf(body) };
  await expect(applyPlan(forged, world, OPTIONS)).rejects.toMatchObject({ code: "PLAN_STALE" });
});

test("removing all manifests is refused", async () => {
  const universe = await converged(aKey("a"));
  universe.declare();
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  expect(plan.violations.map(({ guard }) => guard)).toContain("empty-desired-set");
  await expect(applyPlan(plan, world, OPTIONS)).rejects.toMatchObject({ code: "GUARD_REFUSED" });
  expect((await universe.liveKeys()).filter(({ marker }) => marker)).toHaveLength(1);
});

test("a second apply on one ledger stops with a clear message", async () => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a"), aKey("b"));
  const [first, second] = [universe.boot().world, universe.boot().world];
  const lease = await first.ledger.lease({ run: "other-run", description: "someone else" }, 0);
  const { plan } = await makePlan(second);
  await expect(applyPlan(plan, second, OPTIONS)).rejects.toMatchObject({ code: "LEASE_HELD" });
  await lease.release();
  expect((await applyPlan(plan, second, OPTIONS)).result).toBe("applied");
});

function withStore(world: World, over: Partial<KeyStore>): World {
  const { store } = world;
  return { ...world, store: { ...store, identity: store.identity, list: store.list.bind(store), ...over } };
}

test("one failing key stops neither the others nor the record", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"), aKey("b"), aKey("c"));
  const base = universe.boot().world;
  const world = withStore(base, {
    create: (request) => {
      if (request.kind !== "ApiKey" || request.marker.name !== "b") return base.store.create(request);
      throw new KeywrightError("STORE_REJECTED", "no");
    },
  });
  const record = await applyPlan((await makePlan(world)).plan, world, OPTIONS);
  expect(record.result).toBe("partly-applied");
  expect(record.changes.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["a", "applied"],
    ["b", "failed"],
    ["c", "applied"],
  ]);
  expect((await universe.boot().run())?.result).toBe("applied");
});

test("an unknown outcome is recorded as unknown, and the next run finds out without a second key", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"));
  const base = universe.boot().world;
  const world = withStore(base, {
    create: async (request) => {
      await base.store.create(request);
      throw new KeywrightError("STORE_OUTCOME_UNKNOWN", "the connection was cut");
    },
  });
  const record = await applyPlan((await makePlan(world)).plan, world, OPTIONS);
  expect(record.changes.map(({ outcome }) => outcome)).toEqual(["unknown"]);
  expect((await universe.boot().run())?.result).toBe("applied");
  expect((await universe.liveKeys()).filter(({ marker }) => marker)).toHaveLength(1);
  expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
});

test("a new key that does not authenticate never reaches a consumer", async () => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a", { roles: USER }));
  const base = universe.boot().world;
  const world = withStore(base, { verify: () => Promise.resolve({ valid: false, reason: "unknown" }) });
  const record = await applyPlan((await makePlan(world)).plan, world, OPTIONS);
  expect(record.changes[0]?.error?.code).toBe("VERIFY_FAILED");
  expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
});

test("a sink that cannot take the value stops the key before anything is minted", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a", { deliverTo: [{ sink: "nowhere", path: "a" }] }));
  const record = await universe.boot().run();
  expect(record?.changes[0]?.error?.code).toBe("SINK_UNUSABLE");
  expect((await universe.liveKeys()).filter(({ marker }) => marker)).toEqual([]);
});

test("one failing sink of two leaves the old key current, and the next run ends the rotation", async () => {
  const deliverTo = [
    { sink: "local", path: "a" },
    { sink: "other", path: "a" },
  ];
  const universe = await converged(aKey("a", { deliverTo }));
  universe.declare(aKey("a", { deliverTo, roles: USER }));
  const base = universe.boot().world;
  const other = base.sinks.get("other");
  if (!other) throw new Error("no sink");
  const failing: SecretSink = {
    ...other,
    write: (slot, stage, ...rest) => {
      if (stage === "pending") return other.write(slot, stage, ...rest);
      throw new KeywrightError("SINK_WRITE_FAILED", "the disk is full");
    },
  };
  const world: World = { ...base, sinks: new Map([...base.sinks, ["other", failing]]) };
  const before = universe.history.table.get("a")?.record?.current?.operation;
  const record = await applyPlan((await makePlan(world)).plan, world, OPTIONS);
  expect(record.changes[0]?.outcome).toBe("failed");
  expect(universe.history.table.get("a")?.record?.current?.operation).toBe(before);
  for (const slot of deliverTo) expect(await consumerIsServed(universe, slot)).toBe(true);
  expect((await universe.boot().run())?.result).toBe("applied");
  const values = deliverTo.map((slot) => universe.sinks.get(slot.sink)?.peek(slot)?.secret.reveal());
  expect(values[0]).toBe(values[1]);
});

test("an interrupt ends the run after the key at hand; what was not begun is not run", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"), aKey("b"), aKey("c"));
  const { world } = universe.boot();
  const interrupt = new AbortController();
  const record = await applyPlan((await makePlan(world)).plan, world, {
    ...OPTIONS,
    signal: interrupt.signal,
    onOutcome: () => interrupt.abort(),
  });
  expect(record.result).toBe("interrupted");
  expect(record.changes.map(({ outcome }) => outcome)).toEqual(["applied", "not-run", "not-run"]);
  expect((await universe.boot().run())?.result).toBe("applied");
});

const nameOf = (event: Extract<LedgerEvent, { type: "intent" | "outcome" }>): string =>
  [event.run, event.effect, event.name, event.operation, event.target].join(" ");

test("I7: every effect has an intent before it and an outcome after it", async () => {
  const universe = await converged(aKey("a"), aKey("b"));
  universe.declare(aKey("b", { roles: USER, previousNames: [] }));
  await universe.boot().run();
  const open = new Map<string, number>();
  for (const event of universe.history.events) {
    if (event.type === "intent") open.set(nameOf(event), (open.get(nameOf(event)) ?? 0) + 1);
    if (event.type !== "outcome") continue;
    expect(open.get(nameOf(event))).toBeGreaterThan(0);
    open.set(nameOf(event), (open.get(nameOf(event)) ?? 0) - 1);
  }
  expect([...open.values()].every((count) => count === 0)).toBe(true);
  expect(universe.history.events.filter(({ type }) => type === "outcome").length).toBeGreaterThan(10);
});

test("a removed key leaves neither the store nor the sink with it, and others stay", async () => {
  const universe = await converged(aKey("a"), aKey("b"));
  universe.declare(aKey("b"));
  expect((await universe.boot().run())?.result).toBe("applied");
  expect(universe.sinks.get("local")?.peek({ sink: "local", path: "a" })).toBeUndefined();
  expect(await consumerIsServed(universe, { sink: "local", path: "b" })).toBe(true);
});

test("a sink that lost its value gets it back from another one, without a rotation", async () => {
  const deliverTo = [
    { sink: "local", path: "a" },
    { sink: "other", path: "a" },
  ];
  const universe = await converged(aKey("a", { deliverTo }));
  await universe.sinks.get("other")?.remove({ sink: "other", path: "a" }, "current");
  const record = await universe.boot().run();
  expect(record?.changes.map(({ action, outcome }) => [action, outcome])).toEqual([["update", "applied"]]);
  for (const slot of deliverTo) expect(await consumerIsServed(universe, slot)).toBe(true);
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
});

test("a value that is lost everywhere is replaced by a rotation", async () => {
  const universe = await converged(aKey("a"));
  await universe.sinks.get("local")?.remove({ sink: "local", path: "a" }, "current");
  const record = await universe.boot().run();
  expect(record?.changes.map(({ action, outcome }) => [action, outcome])).toEqual([["rotate", "applied"]]);
  expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
});

test("a rename is not a rotation", async () => {
  const slot = { sink: "local", path: "a" };
  const universe = await converged(aKey("a", { deliverTo: [slot] }));
  const before = universe.sinks.get("local")?.peek(slot)?.secret.reveal();
  universe.declare(aKey("b", { deliverTo: [slot], previousNames: ["a"], displayName: "a" }));
  const record = await universe.boot().run();
  expect(record?.changes.map(({ action }) => action)).toEqual(["update"]);
  expect(universe.sinks.get("local")?.peek(slot)?.secret.reveal()).toBe(before);
  expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
  const recorded = [...universe.history.table].filter(([, cell]) => cell.record).map(([name]) => name);
  expect(recorded.filter((name) => name !== BASELINE_RECORD)).toEqual(["b"]);
});

test("protection outlives the manifest that declares it", async () => {
  const universe = await converged(aKey("a", { protected: true }), aKey("b"));
  universe.declare(aKey("b"));
  const { world } = universe.boot();
  const { plan } = await makePlan(world);
  expect(plan.violations.map(({ guard, names }) => [guard, names])).toEqual([["protected-key", ["a"]]]);
  const allowed = await makePlan(world, { allowed: ["a"] });
  const record = await applyPlan(allowed.plan, world, { ...OPTIONS, allowed: ["a"] });
  expect(record.result).toBe("applied");
});

test("a year of scheduled runs rotates in time and never leaves more than two keys", async () => {
  const universe = await converged(aKey("a"));
  let rotations = 0;
  for (let day = 0; day < 365; day += 1) {
    universe.clock.advance(DAY_MS);
    const record = await universe.boot().run();
    rotations += record?.changes.filter(({ action }) => action === "rotate").length ?? 0;
    expect((await universe.liveKeys()).filter(({ marker }) => marker).length).toBeLessThanOrEqual(2);
    expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
  }
  expect(rotations).toBe(6);
});

test("a key that moves keeps its old slot until it is in the new one", async () => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a", { deliverTo: [{ sink: "other", path: "a" }] }));
  const base = universe.boot().world;
  const other = base.sinks.get("other");
  if (!other) throw new Error("no sink");
  const refusing: SecretSink = {
    ...other,
    probe: () => Promise.reject(new KeywrightError("SINK_UNUSABLE", "the disk is read-only")),
  };
  const world: World = { ...base, sinks: new Map([...base.sinks, ["other", refusing]]) };
  const record = await applyPlan((await makePlan(world)).plan, world, OPTIONS);
  expect(record.result).toBe("failed");
  expect(await consumerIsServed(universe, { sink: "local", path: "a" })).toBe(true);
  await universe.boot().run();
  expect(await consumerIsServed(universe, { sink: "other", path: "a" })).toBe(true);
  expect(universe.sinks.get("local")?.peek({ sink: "local", path: "a" })).toBeUndefined();
});

test("a key that somebody gave our marker is left alone, and so is its name", async () => {
  const universe = await converged(aKey("a"));
  universe.declare(aKey("a", { roles: USER }));
  await universe.boot().run();
  const made = universe.store.makeByHand({ displayName: "by hand" });
  const hand = (await universe.liveKeys()).find(({ id }) => id === made.id);
  if (!hand) throw new Error("no key");
  const marker = { instance: "acme", name: "a", generation: 1, operation: "copied000000" };
  await universe.store.update({ ...hand, marker });
  universe.clock.advance(48 * HOUR_MS);
  const { plan } = await universe.boot().plan();
  expect(plan.changes).toEqual([]);
  expect(plan.blocked.map(({ code }) => code)).toEqual(["KEY_UNKNOWN"]);
});

test("a value that Keywright did not put into a slot is not replaced, until the key is named", async () => {
  const universe = createUniverse();
  const slot = { sink: "local", path: "a" };
  const stranger = universe.store.makeByHand().secret;
  const stamp = { key: "x", operation: "x", generation: 1, fingerprint: "x" };
  await universe.sinks.get("local")?.write(slot, "current", stranger, stamp);
  universe.declare(aKey("a"));
  const { world } = universe.boot();
  expect((await makePlan(world)).plan.blocked.map(({ code }) => code)).toEqual(["SLOT_OCCUPIED"]);
  const { plan } = await makePlan(world, { allowed: ["a"] });
  await expect(applyPlan(plan, world, OPTIONS)).rejects.toMatchObject({ code: "GUARD_REFUSED" });
  expect((await applyPlan(plan, world, { ...OPTIONS, allowed: ["a"] })).result).toBe("applied");
});

test("a replaced key that a slot holds again is not revoked before it has had an overlap", async () => {
  const universe = await converged(aKey("a"));
  const slot = { sink: "local", path: "a" };
  const sink = universe.sinks.get("local");
  const old = sink?.peek(slot);
  if (!sink || !old?.stamp) throw new Error("no first value");
  universe.declare(aKey("a", { roles: USER }));
  await universe.boot().run();
  universe.clock.advance(25 * HOUR_MS);
  await sink.write(slot, "current", old.secret, old.stamp);
  const record = await universe.boot().run();
  expect(record?.changes.map(({ action }) => action)).toEqual(["rotate"]);
  expect((await universe.store.verify(old.secret)).valid).toBe(true);
  universe.clock.advance(25 * HOUR_MS);
  await universe.boot().run();
  expect((await universe.store.verify(old.secret)).valid).toBe(false);
});
