/** The random layer: what any seed draws holds every invariant. `npm run test:seeds -- 1000000` runs more. */

import { expect, test } from "vitest";
import { bundleSimulator } from "./bundle-simulator.ts";
import { openSimulator } from "./open-simulator.ts";
import { runSeeds } from "./run-seeds.ts";

const SEEDS = 20_000;
const TWICE = 1000;

test(`${SEEDS} random schedules break no invariant`, { timeout: 300_000 }, async () => {
  const failures = await runSeeds({ from: 0, count: SEEDS, workers: 2 });
  expect(failures.map(({ seed, breaches }) => ({ seed, ...breaches[0] }))).toEqual([]);
});

test(`${TWICE} seeds run twice give identical traces`, { timeout: 120_000 }, async () => {
  const code = await bundleSimulator();
  const simulators = [openSimulator(code), openSimulator(code)];
  const answers = await Promise.all(simulators.map((each) => each.runSeeds({ from: 0, count: TWICE })));
  await Promise.all(simulators.map((each) => each.close()));
  expect(answers[0]?.digest).toBe(answers[1]?.digest);
  expect(answers[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
});
