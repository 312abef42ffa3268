/** Several sinks for one key, of which some fail: for every subset, for each way of minting, for each kind of sink. */

import { expect, test } from "vitest";
import { type Slot, slotId } from "../../src/core/desired.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import { KeywrightError } from "../../src/core/error.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { Minting, SecretSink } from "../../src/core/ports.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { Secret } from "../../src/core/secret.ts";
import { standings } from "../../src/core/status.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { createMemorySink, type MemorySink } from "../../src/sinks/memory.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

type Kind = "readable" | "inspectable" | "blind";
interface Fan {
  readonly universe: Universe;
  readonly sinks: readonly MemorySink[];
  readonly slots: readonly Slot[];
  /** A world whose sinks of these numbers take nothing. */
  world(failing?: readonly number[]): World;
}

const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  readable: ["readable", "readable", "readable"],
  inspectable: ["inspectable", "inspectable", "inspectable"],
  blind: ["blind", "blind", "blind"],
  "readable first": ["readable", "inspectable", "blind"],
  "readable last": ["blind", "inspectable", "readable"],
};
const MINTINGS: Readonly<Record<string, Minting | undefined>> = {
  "the client mints": undefined,
  "the store mints": { by: "store", returnsId: false },
};
const SUBSETS = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]].map((failing) => ({
  failing,
  which: failing.map((index) => ["first", "second", "third"][index]).join(" and ") || "none",
}));
const USER = [{ type: "default", role: "USER" }] as const;

function aFan(kinds: readonly Kind[], mint: Minting | undefined): Fan {
  const universe = createUniverse("fan", mint ? { mint } : {});
  const { clock } = universe;
  const sinks = kinds.map((kind) =>
    createMemorySink({ clock, isReadable: kind === "readable", isInspectable: kind === "inspectable" }),
  );
  const slots = kinds.map((_, index) => ({ sink: `sink${index}`, path: "a" }));
  universe.declare(aKey("a", { deliverTo: slots }));
  const world = (failing: readonly number[] = []): World => ({
    ...universe.boot().world,
    ledger: openMemoryLedger(universe.history),
    sinks: new Map(sinks.map((sink, index) => [`sink${index}`, failing.includes(index) ? deaf(sink) : sink])),
  });
  return { universe, sinks, slots, world };
}

const deaf = (sink: SecretSink): SecretSink => ({
  ...sink,
  write: async (slot) => {
    throw new KeywrightError("SINK_WRITE_FAILED", `${slotId(slot)} takes nothing`);
  },
});

async function run(world: World): Promise<RunRecord> {
  const { plan } = await makePlan(world);
  try {
    return await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
  } finally {
    await world.ledger.close();
  }
}

/** Whether a consumer of each sink is let in; undefined: the sink has nothing for it. */
const served = ({ universe, sinks, slots }: Fan): Promise<readonly (boolean | undefined)[]> =>
  Promise.all(
    sinks.map(async (sink, index) => {
      const entry = sink.peek(slots[index] ?? { sink: "" });
      return entry && (await universe.store.verify(entry.secret)).valid;
    }),
  );

const values = ({ sinks, slots }: Fan): readonly (string | undefined)[] =>
  sinks.map((sink, index) => sink.peek(slots[index] ?? { sink: "" })?.secret.reveal());

const currentOf = ({ universe }: Fan): string | undefined =>
  universe.history.table.get("a")?.record?.current?.operation;

const ALL = [true, true, true];

for (const [sort, kinds] of Object.entries(KINDS)) {
  for (const [way, mint] of Object.entries(MINTINGS)) {
    test.each(SUBSETS)(
      `${sort} sinks, ${way}: when $which of them fail, the old key stays current and the next run repairs it`,
      async ({ failing }) => {
        const fan = aFan(kinds, mint);
        await run(fan.world());
        const [operation, before] = [currentOf(fan), values(fan)];
        fan.universe.declare(aKey("a", { deliverTo: fan.slots, roles: USER }));
        const outcome = (await run(fan.world(failing))).changes[0]?.outcome;
        expect(await served(fan)).toEqual(ALL);
        expect(outcome).toBe(failing.length === 0 ? "applied" : "failed");
        expect(currentOf(fan) === operation).toBe(failing.length > 0);
        for (const index of failing) expect(values(fan)[index]).toBe(before[index]);
        await expectSettled(fan);
        expect(currentOf(fan)).not.toBe(operation);
      },
    );

    test.each(SUBSETS)(
      `${sort} sinks, ${way}: a first key that $which of them do not take is made whole by the next run`,
      async ({ failing }) => {
        const fan = aFan(kinds, mint);
        const outcome = (await run(fan.world(failing))).changes[0]?.outcome;
        expect(outcome).toBe(failing.length === 0 ? "applied" : "failed");
        for (const valid of await served(fan)) expect(valid).not.toBe(false);
        await expectSettled(fan);
      },
    );
  }
}

/** One run makes every slot right; what is left is to let overlaps end. */
async function expectSettled(fan: Fan): Promise<void> {
  await run(fan.world());
  expect(await served(fan)).toEqual(ALL);
  expect(new Set(values(fan)).size).toBe(1);
  fan.universe.clock.advance(2 * DAY_MS);
  await run(fan.world());
  expect(await served(fan)).toEqual(ALL);
  const world = fan.world();
  const { plan, facts } = await makePlan(world);
  await world.ledger.close();
  expect(isEmpty(plan)).toBe(true);
  const states = standings(facts).flatMap(({ sinks }) => sinks.map(({ state }) => state));
  expect(states).toEqual(["good", "good", "good"]);
  const ours = (await fan.universe.liveKeys()).filter(({ marker }) => marker);
  expect(ours).toHaveLength(1);
}

const HARMS = {
  lost: (sink: MemorySink, slot: Slot) => sink.remove(slot, "current"),
  overwritten: async (sink: MemorySink, slot: Slot) => {
    const entry = sink.peek(slot);
    if (!entry?.stamp) throw new Error("there is no value to overwrite");
    await sink.write(slot, "current", entry.secret, entry.stamp);
  },
};

test.each(Object.entries(HARMS))(
  "a blind value that was %s is copied from a readable sink that still has it",
  async (_name, harm) => {
    const fan = aFan(["inspectable", "readable"], undefined);
    await run(fan.world());
    const [first, slot] = [fan.sinks[0], fan.slots[0]];
    if (!first || !slot) throw new Error("there is a first sink");
    await harm(first, slot);
    const { changes } = await run(fan.world());
    expect(changes.map(({ action, outcome }) => [action, outcome])).toEqual([["update", "applied"]]);
    expect(await served(fan)).toEqual([true, true]);
    expect(isEmpty((await makePlan(fan.world())).plan)).toBe(true);
  },
);

test.each(Object.entries(HARMS))(
  "a blind value that was %s and that no readable sink has is replaced by a rotation",
  async (_name, harm) => {
    const fan = aFan(["inspectable", "blind"], undefined);
    await run(fan.world());
    const [first, slot] = [fan.sinks[0], fan.slots[0]];
    if (!first || !slot) throw new Error("there is a first sink");
    await harm(first, slot);
    const { changes } = await run(fan.world());
    expect(changes.map(({ action, outcome }) => [action, outcome])).toEqual([["rotate", "applied"]]);
    expect(await served(fan)).toEqual([true, true]);
    expect(isEmpty((await makePlan(fan.world())).plan)).toBe(true);
  },
);

test("a blind sink that was added later is told to have never got the value, and gets it", async () => {
  const fan = aFan(["readable", "inspectable"], undefined);
  fan.universe.declare(aKey("a", { deliverTo: fan.slots.slice(0, 1) }));
  await run(fan.world());
  fan.universe.declare(aKey("a", { deliverTo: fan.slots }));
  const { facts } = await makePlan(fan.world());
  expect(standings(facts)[0]?.sinks.map(({ state }) => state)).toEqual(["good", "empty"]);
  await run(fan.world());
  expect(await served(fan)).toEqual([true, true]);
});

const OF_NOBODY = { key: "x", operation: "op0", generation: 1, fingerprint: "fp0" };

test("I4: a copy goes over nothing that a person has put where a key is to go, until its name is given", async () => {
  const fan = aFan(["readable", "inspectable"], undefined);
  fan.universe.declare(aKey("a", { deliverTo: fan.slots.slice(0, 1) }));
  await run(fan.world());
  fan.universe.declare(aKey("a", { deliverTo: fan.slots }));
  const [sink, slot] = [fan.sinks[1], fan.slots[1]];
  if (!sink || !slot) throw new Error("there is a second sink");
  await sink.write(slot, "current", Secret.of("of-a-person"), OF_NOBODY);
  const { plan } = await makePlan(fan.world());
  expect(plan.blocked.map(({ name, code }) => [name, code])).toEqual([["a", "SLOT_OCCUPIED"]]);
  await run(fan.world());
  expect(sink.peek(slot)?.secret.reveal()).toBe("of-a-person");
});
