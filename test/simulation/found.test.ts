/** What the simulator found in the pipeline, each as the smallest trial that shows it. */

import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";
import { TURNED } from "../../src/simulation/way.ts";
import { STORE_NAMES } from "../../src/stores/store-profile.ts";
import { aKey, createUniverse } from "../reconcile/memory-world.fixture.ts";
import {
  aSchedule,
  happens,
  push,
  run,
  runAll,
  runsSideBySide,
  state,
  strikingEach,
  wait,
} from "./a-schedule.fixture.ts";

const breachesOf = async (schedules: readonly Schedule[]) => {
  expect(schedules.length).toBeGreaterThan(0);
  return (await runAll(schedules)).flatMap(({ breaches, trace }) =>
    breaches.map((breach) => ({ ...breach, trace })),
  );
};

test("I1: a twin that outlives its key is known for its end, wherever the run dies that replaces the key", async () => {
  const schedule = aSchedule({
    store: "cortex-cloud",
    states: [state(aKey("a"))],
    steps: [run(), happens({ act: "revoke-key", key: 0 }), run(), run()],
    faults: [{ at: 0, kind: "duplicate" }],
  });
  expect(await breachesOf(await strikingEach(schedule, 2, undefined, "crash-after"))).toEqual([]);
});

test("I4: a marker that somebody copies while the store is asked for the new key's id is no twin of it", async () => {
  const during = Array.from({ length: 30 }, (_, after) =>
    aSchedule({
      store: "cortex",
      states: [state(aKey("a"))],
      steps: [run({ after, happening: { act: "copy-marker", key: 0 } }), run()],
    }),
  );
  expect(await breachesOf(during)).toEqual([]);
});

test("I4: a copied marker is left alone when the key that it was copied from is gone", async () => {
  const schedule = aSchedule({
    states: [state(aKey("a"))],
    steps: [
      run(),
      happens({ act: "copy-marker", key: 0 }),
      happens({ act: "revoke-key", key: 0 }),
      run(),
      run(),
    ],
  });
  expect(await breachesOf([schedule])).toEqual([]);
});

test("I7: what cannot be believed is recorded as unknown, not as failed", async () => {
  const schedule = aSchedule({ states: [state(aKey("a"))], steps: [run(), run()] });
  const malformed = await strikingEach(schedule, 0, "store.create", "malformed-body");
  expect(await breachesOf(malformed)).toEqual([]);
});

test("I2: a run that was overtaken does not deliver to a sink that cannot compare", async () => {
  const universe = createUniverse("overtaken", { blind: true });
  universe.declare(aKey("a", { deliverTo: [{ sink: "other", path: "a" }] }));
  const { world } = universe.boot();
  const rival = openMemoryLedger(universe.history);
  const overtaken = {
    ...world,
    store: {
      ...world.store,
      verify: async (...args: Parameters<typeof world.store.verify>) => {
        const record = (await rival.records()).get("a");
        await rival.claim("a", record?.version ?? 0, { retiring: [], protected: false });
        return world.store.verify(...args);
      },
    },
  };
  const { plan } = await makePlan(overtaken);
  const record = await applyPlan(plan, overtaken, { leaseWaitMs: 0, holder: "test" });
  expect(record.changes[0]?.error?.code).toBe("LEDGER_CONFLICT");
  expect(universe.sinks.get("other")?.peek({ sink: "other", path: "a" })).toBeUndefined();
});

test("I5: a key begun by a run whose clock was off is not replaced by the run after the one that ends it", async () => {
  expect(await mintsAfterCrashes(-HOUR_MS)).toEqual(await mintsAfterCrashes(0));
});

/** How many keys are minted, for each operation after which a first run dies whose clock is off by `skewMs`. */
async function mintsAfterCrashes(skewMs: number): Promise<readonly number[]> {
  const steps = [runsSideBySide(1, { skewMs }), run(), run()];
  const schedule = aSchedule({ states: [state(aKey("a"))], steps });
  const trials = await runAll(await strikingEach(schedule, 0, undefined, "crash-after"));
  return trials.map(({ mints }) => mints);
}

test.each(STORE_NAMES)(
  "I5, on %s: a key whose marker somebody takes away, cuts or bends is neither minted again nor revoked",
  async (store) => {
    const acts = ["drop-marker", "cut-marker", "bend-marker"] as const;
    // The seed decides what people do about it once they are told.
    const seeds = acts.flatMap((act) => [0, 1, 2].map((seed) => [act, seed] as const));
    const schedules = seeds.map(([act, seed]) => ({
      ...aSchedule({
        store,
        states: [state(aKey("a")), state(aKey("a", TURNED))],
        steps: [run(), happens({ act, key: 0 }), run(), push(1), run()],
      }),
      seed,
    }));
    expect(await breachesOf(schedules)).toEqual([]);
  },
);

test("economy: a role that a key of people has is not revoked in vain, run after run", async () => {
  const role = {
    kind: "Role",
    name: "scanner",
    displayName: "Scanner",
    description: "",
    permissions: ["api_keys.read"],
    origin: { file: "roles/scanner.yaml", line: 1, column: 1 },
  } as const;
  const scanning = aKey("a", { roles: [{ type: "custom", tag: "scanner" }] });
  const schedule = aSchedule({
    states: [{ ...state(scanning), roles: [role] }, state(aKey("a"))],
    steps: [run(), happens({ act: "drop-marker", key: 0 }), push(1), run()],
  });
  // Here people keep the key, and let another one be made.
  expect(await breachesOf([{ ...schedule, seed: 2 }])).toEqual([]);
});

test("I5: a plan that was made before a key came to be is not applied after it lost its marker", async () => {
  const side = { skewMs: 0, waits: true, concurrency: 1 };
  const during = Array.from({ length: 50 }, (_, after) =>
    aSchedule({
      store: "cortex",
      states: [state(aKey("a"))],
      steps: [
        {
          step: "run",
          reconcilers: [side, side],
          meanwhile: [{ after, happening: { act: "cut-marker", key: 0 } }],
        },
      ],
    }),
  );
  expect(await breachesOf(during)).toEqual([]);
});

test("convergence: a value that an attempt left in a slot is taken out when the slot is nobody's any more", async () => {
  const moved = aKey("a", { deliverTo: [{ sink: "other", path: "a" }] });
  const schedule = aSchedule({
    states: [state(aKey("a")), state(moved)],
    // The attempt has delivered, and its key expires before anybody takes it up.
    steps: [run(), push(1), wait(100 * DAY_MS), run(), run()],
  });
  expect(await breachesOf(await strikingEach(schedule, 0, "ledger.claim", "crash-before"))).toEqual([]);
});
