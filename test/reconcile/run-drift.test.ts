/** A whole check: looked, told, mended, looked again, and written down whatever came of it. */

import { expect, test } from "vitest";
import { DEFAULT_DRIFT_POLICY } from "../../src/core/drift/finding.ts";
import { KeywrightError } from "../../src/core/error.ts";
import { type LastCheck, scheduleOf } from "../../src/core/schedule/check-schedule.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { runDrift, type RunDriftOptions } from "../../src/reconcile/run-drift.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

async function spoiled(): Promise<Universe> {
  const universe = createUniverse("run-drift");
  universe.declare(aKey("a"));
  await universe.boot().run();
  await universe.sinks.get("local")?.remove({ sink: "local", path: "a" }, "current");
  return universe;
}

const options = (over: Partial<RunDriftOptions> = {}): RunDriftOptions => ({
  policy: DEFAULT_DRIFT_POLICY,
  isFixing: true,
  holder: "ci",
  leaseWaitMs: 0,
  ...over,
});

const remembered = async ({ history }: Universe): Promise<LastCheck | undefined> =>
  scheduleOf(await openMemoryLedger(history).records()).lastCheck;

const worldOf = (universe: Universe, over: Partial<World> = {}): World => ({
  ...universe.boot().world,
  ...over,
});

test("a check that fixes gives both looks and the run, and remembers the last look", async () => {
  const universe = await spoiled();
  const steps: string[] = [];
  const done = await runDrift(
    worldOf(universe),
    options({
      onChecked: () => void steps.push("checked"),
      onFix: () => void steps.push("fix"),
      approve: async () => steps.push("asked") > 0,
      onRun: () => void steps.push("run"),
      onRecorded: ({ result }) => void steps.push(result),
    }),
  );
  expect(steps).toEqual(["checked", "fix", "asked", "run", "clean"]);
  expect(done.check.report.findings).toHaveLength(1);
  expect(done).toMatchObject({
    exitCode: 0,
    run: { result: "applied" },
    report: { run: { result: "applied" } },
  });
  expect(await remembered(universe)).toMatchObject({ by: "ci", result: "clean", findings: 0 });
});

test("without a fix, or with a no, nothing is mended and the drift is remembered", async () => {
  const universe = await spoiled();
  expect(await runDrift(worldOf(universe), options({ isFixing: false }))).toMatchObject({ exitCode: 2 });
  const declined = await runDrift(worldOf(universe), options({ approve: async () => false }));
  expect(declined).toMatchObject({ exitCode: 1, isDeclined: true });
  expect(declined.run).toBeUndefined();
  expect(await remembered(universe)).toMatchObject({ result: "drift", findings: 1 });
});

const failing = (universe: Universe, code: "STORE_UNREACHABLE" | "INTERRUPTED"): Partial<World> => {
  const { store } = universe.boot().world;
  return {
    store: {
      ...store,
      // eslint-disable-next-line require-yield
      async *list() {
        throw new KeywrightError(code, "no answer");
      },
    },
  };
};

test("a look that fails is remembered as such, and one that was interrupted is none", async () => {
  const universe = await spoiled();
  const interrupted = worldOf(universe, failing(universe, "INTERRUPTED"));
  await expect(runDrift(interrupted, options())).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(await remembered(universe)).toBeUndefined();
  const failed = worldOf(universe, failing(universe, "STORE_UNREACHABLE"));
  await expect(runDrift(failed, options())).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  expect(await remembered(universe)).toMatchObject({ result: "failed", findings: 0 });
});

test("where another run is at work nothing is mended, and what was seen is remembered", async () => {
  const universe = await spoiled();
  const other = openMemoryLedger(universe.history);
  await other.lease({ run: "r", description: "somebody" }, 0);
  await expect(runDrift(worldOf(universe), options())).rejects.toMatchObject({ code: "LEASE_HELD" });
  expect(await remembered(universe)).toMatchObject({ result: "drift", findings: 1 });
});

test("a check whose ledger takes no writes is told, and is none the worse for it", async () => {
  const universe = await spoiled();
  const { ledger } = universe.boot().world;
  const told: string[] = [];
  const world = worldOf(universe, {
    ledger: {
      ...ledger,
      claim: async () => {
        throw new KeywrightError("LEDGER_UNUSABLE", "read only");
      },
    },
  });
  const unrecorded = options({ isFixing: false, onUnrecorded: (message) => void told.push(message) });
  expect(await runDrift(world, unrecorded)).toMatchObject({ exitCode: 2 });
  expect(told).toEqual(["read only"]);
});

test("checks beside one another leave the ledger resting: none looks again because another was written down", async () => {
  const universe = await spoiled();
  await runDrift(worldOf(universe), options({ isFixing: false }));
  let looks = 0;
  const world = worldOf(universe);
  const counted = {
    ...world,
    load: async () => {
      looks += 1;
      await runDrift(worldOf(universe), options({ isFixing: false }));
      return world.load();
    },
  };
  await runDrift(counted, options({ isFixing: false }));
  expect(looks).toBe(2);
});
