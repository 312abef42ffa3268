/** A process that dies before or after any one of its operations: what the next runs make of it. */

import { expect, test } from "vitest";
import type { DesiredKey, Slot } from "../../src/core/desired.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import { fingerprintOf } from "../../src/core/key-format.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { Minting } from "../../src/core/ports.ts";
import type { Secret } from "../../src/core/secret.ts";
import { aKey, consumerIsServed, createUniverse, type Fuse, type Universe } from "./memory-world.fixture.ts";

interface Scenario {
  readonly name: string;
  readonly blind?: boolean;
  readonly inspectable?: boolean;
  readonly mint?: Minting;
  readonly before?: readonly DesiredKey[];
  /** Time between the first state and the run that dies. */
  readonly afterMs?: number;
  readonly after: readonly DesiredKey[];
}

const BOTH = [
  { sink: "local", path: "a" },
  { sink: "other", path: "a" },
];
const USER = [{ type: "default", role: "USER" }] as const;

const SCENARIOS: readonly Scenario[] = [
  { name: "a first key", after: [aKey("a")] },
  { name: "a first key in two sinks", after: [aKey("a", { deliverTo: BOTH })] },
  { name: "a first key, one sink blind", blind: true, after: [aKey("a", { deliverTo: BOTH })] },
  { name: "a rotation", before: [aKey("a")], after: [aKey("a", { roles: USER })] },
  {
    name: "a rotation in two sinks",
    before: [aKey("a", { deliverTo: BOTH })],
    after: [aKey("a", { deliverTo: BOTH, roles: USER })],
  },
  {
    name: "a rotation, one sink blind",
    blind: true,
    before: [aKey("a", { deliverTo: BOTH })],
    after: [aKey("a", { deliverTo: BOTH, roles: USER })],
  },
  { name: "a rotation by age", before: [aKey("a")], afterMs: 70 * DAY_MS, after: [aKey("a")] },
  { name: "an expired key", before: [aKey("a")], afterMs: 100 * DAY_MS, after: [aKey("a")] },
  {
    name: "a rename with a rotation",
    before: [aKey("a")],
    after: [aKey("b", { previousNames: ["a"], roles: USER, deliverTo: [{ sink: "local", path: "a" }] })],
  },
  { name: "a new slot", before: [aKey("a")], after: [aKey("a", { deliverTo: BOTH })] },
  {
    name: "a rename, and a new slot that only shows that it has something",
    blind: true,
    inspectable: true,
    before: [aKey("a")],
    after: [aKey("b", { previousNames: ["a"], deliverTo: BOTH })],
  },
  {
    name: "a moved slot",
    before: [aKey("a")],
    after: [aKey("a", { deliverTo: [{ sink: "other", path: "x" }] })],
  },
  { name: "a removed manifest", before: [aKey("a"), aKey("b")], after: [aKey("b")] },
];

const MINTS: readonly (readonly [string, Minting | undefined])[] = [
  ["sink-first", undefined],
  ["minted by the store", { by: "store", returnsId: true }],
  ["minted by the store, no id", { by: "store", returnsId: false }],
];

test.each(MINTS.flatMap(([how, mint]) => SCENARIOS.map((each) => ({ ...each, how, ...(mint && { mint }) }))))(
  "$how, $name: a crash at any operation loses nothing and leaves nothing behind",
  async (scenario) => {
    const operations = await dryRun(scenario);
    expect(operations).toBeGreaterThan(3);
    for (let at = 0; at < operations; at += 1) {
      for (const when of ["before", "after"] as const) await survives(scenario, { at, when });
    }
  },
);

async function prepared({ blind, inspectable, mint, before, afterMs, after }: Scenario): Promise<Universe> {
  const universe = createUniverse("crash", {
    blind: blind ?? false,
    inspectable: inspectable ?? false,
    ...(mint && { mint }),
  });
  universe.store.makeByHand();
  if (before) {
    universe.declare(...before);
    await universe.boot().run();
  }
  universe.clock.advance(afterMs ?? 0);
  universe.declare(...after);
  return universe;
}

async function dryRun(scenario: Scenario): Promise<number> {
  const universe = await prepared(scenario);
  const process = universe.boot();
  const record = await process.run();
  expect(record?.result).toBe("applied");
  return process.operations();
}

async function survives(scenario: Scenario, fuse: Fuse): Promise<void> {
  const at = `${scenario.name}, ${fuse.when} operation ${fuse.at}`;
  const universe = await prepared(scenario);
  const served = await servedSlots(universe, scenario);
  await universe.boot(fuse).run();
  await holdsInvariants(universe, scenario, served, at);
  for (let run = 0; run < 3; run += 1) {
    await universe.boot().run();
    await holdsInvariants(universe, scenario, served, at);
  }
  await hasConverged(universe, scenario, at);
}

/** A consumer that was served before: where it reads, and the value that it may still be using. */
type Served = readonly { readonly slot: Slot; readonly value: Secret; readonly stays: boolean }[];

async function servedSlots(universe: Universe, { before = [], after }: Scenario): Promise<Served> {
  const stays = ({ name }: DesiredKey): boolean =>
    after.some((key) => key.name === name || key.previousNames.includes(name));
  const consumers = before.flatMap((key) =>
    key.deliverTo.flatMap((slot) => {
      const value = universe.sinks.get(slot.sink)?.peek(slot)?.secret;
      return value ? [{ slot, value, stays: stays(key) }] : [];
    }),
  );
  const served = await Promise.all(consumers.map(({ slot }) => consumerIsServed(universe, slot)));
  return consumers.filter((_, index) => served[index]);
}

async function holdsInvariants(
  universe: Universe,
  scenario: Scenario,
  served: Served,
  at: string,
): Promise<void> {
  const live = await universe.liveKeys();
  // I2: whoever was served still is, unless the manifests no longer declare that slot.
  const declared = new Set(
    scenario.after.flatMap(({ deliverTo }) => deliverTo.map((slot) => JSON.stringify(slot))),
  );
  for (const { slot, value, stays } of served) {
    if (stays) expect((await universe.store.verify(value)).valid, `I2, value in use, ${at}`).toBe(true);
    if (!declared.has(JSON.stringify(slot))) continue;
    expect(await consumerIsServed(universe, slot), `I2 ${at}`).toBe(true);
  }
  // I4: the keys that were made by hand are there.
  expect(
    live.filter(({ marker, status }) => !marker && status === "active"),
    `I4 ${at}`,
  ).toHaveLength(2);
  // I5: at most two live keys of one name.
  for (const name of new Set(live.flatMap(({ marker }) => marker?.name ?? []))) {
    expect(live.filter(({ marker }) => marker?.name === name).length, `I5 ${at}`).toBeLessThanOrEqual(
      scenario.blind ? 3 : 2,
    );
  }
}

async function hasConverged(universe: Universe, scenario: Scenario, at: string): Promise<void> {
  const { plan } = await universe.boot().plan();
  expect(plan.changes, at).toEqual([]);
  expect(plan.blocked, at).toEqual([]);
  expect(isEmpty(plan), at).toBe(true);
  for (const { name, deliverTo, rotation } of scenario.after) {
    const record = universe.history.table.get(name)?.record;
    expect(record?.intent, at).toBeUndefined();
    for (const slot of deliverTo) {
      const sink = universe.sinks.get(slot.sink);
      expect(sink?.peek(slot, "pending"), at).toBeUndefined();
      const entry = sink?.peek(slot);
      expect(entry && fingerprintOf(entry.secret), at).toBe(record?.current?.fingerprint);
      expect(await consumerIsServed(universe, slot), at).toBe(true);
    }
    const retiring = new Set(record?.retiring.map(({ id }) => id));
    const ours = (await universe.liveKeys()).filter(({ marker }) => marker?.name === name);
    const usable = ours.filter(({ status }) => status === "active");
    expect(
      usable.filter(({ id }) => !retiring.has(id)).map(({ id }) => id),
      at,
    ).toEqual([record?.current?.id]);
    expect(
      ours.filter(({ status }) => status === "pending"),
      at,
    ).toEqual([]);
    universe.clock.advance(rotation.overlapMs);
  }
  await universe.boot().run();
  const left = (await universe.liveKeys()).filter(({ marker }) => marker);
  expect(new Set(left.map(({ marker }) => marker?.name)), at).toEqual(
    new Set(scenario.after.map(({ name }) => name)),
  );
  expect(left, at).toHaveLength(scenario.after.length);
}
