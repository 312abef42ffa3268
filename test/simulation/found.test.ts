/** What the simulator found in the pipeline, each as the smallest trial that shows it. */

import { expect, test } from "vitest";
import { HOUR_MS } from "../../src/core/duration.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { Schedule } from "../../src/simulation/schedule.ts";
import { aKey, createUniverse } from "../reconcile/memory-world.fixture.ts";
import {
  aSchedule,
  happens,
  run,
  runAll,
  runsSideBySide,
  state,
  strikingEach,
} from "./a-schedule.fixture.ts";

const breachesOf = async (schedules: readonly Schedule[]) => {
  expect(schedules.length).toBeGreaterThan(0);
  return (await runAll(schedules)).flatMap(({ breaches, trace }) =>
    breaches.map((breach) => ({ ...breach, trace })),
  );
};

test("I1: a twin that outlives its key is known for its end, wherever the run dies that replaces the key", async () => {
  const schedule = aSchedule({
    mint: "store-with-id",
    states: [state(aKey("a"))],
    steps: [run(), happens({ act: "revoke-key", key: 0 }), run(), run()],
    faults: [{ at: 0, kind: "duplicate" }],
  });
  expect(await breachesOf(await strikingEach(schedule, 2, undefined, "crash-after"))).toEqual([]);
});

test("I4: a marker that somebody copies while the store is asked for the new key's id is no twin of it", async () => {
  const during = Array.from({ length: 30 }, (_, after) =>
    aSchedule({
      mint: "store-without-id",
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
