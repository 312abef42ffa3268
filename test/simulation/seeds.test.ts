/** The random layer: what any seed draws holds every invariant. `npm run test:seeds -- 1000000` runs more. */

import { expect, test } from "vitest";
import { FAULTS_OF } from "../../src/simulation/fault-kinds.ts";
import { INVARIANTS } from "../../src/simulation/invariants.ts";
import { STORE_NAMES } from "../../src/stores/store-profile.ts";
import { bundleSimulator } from "./bundle-simulator.ts";
import { openSimulator } from "./open-simulator.ts";
import { runSeeds } from "./run-seeds.ts";

const SEEDS = 3_000;
const TWICE = 300;

/** What 3,000 schedules meet less often, they do not test. */
const RARE = 8;

const EVERYTHING: readonly string[] = [
  ...STORE_NAMES,
  "blind sink",
  "inspectable sink",
  "side by side",
  "skew",
  "jump",
  "meanwhile",
  "push",
  "advance",
  "describe-key",
  "revoke-key",
  "copy-marker",
  "drop-marker",
  "cut-marker",
  "bend-marker",
  "make-key",
  "delete-value",
  "overwrite-value",
];

test(
  `${SEEDS} random schedules break no invariant, and meet everything that can go wrong`,
  { timeout: 300_000 },
  async () => {
    const { failures, coverage } = await runSeeds({ from: 0, count: SEEDS, workers: 2 });
    expect(failures.map(({ seed, breaches }) => ({ seed, ...breaches[0] }))).toEqual([]);
    const { checks, seen, promises } = coverage;
    expect(
      rare(seen, [...EVERYTHING, ...Object.keys(FAULTS_OF), ...Object.values(FAULTS_OF).flat()]),
    ).toEqual([]);
    expect(rare(checks, Object.keys(INVARIANTS))).toEqual([]);
    expect(promises / SEEDS).toBeGreaterThan(5);
  },
);

test(`${TWICE} seeds run twice give identical traces`, { timeout: 120_000 }, async () => {
  const code = await bundleSimulator();
  const simulators = [openSimulator(code), openSimulator(code)];
  const answers = await Promise.all(simulators.map((each) => each.runSeeds({ from: 0, count: TWICE })));
  await Promise.all(simulators.map((each) => each.close()));
  expect(answers[0]?.digest).toBe(answers[1]?.digest);
  expect(answers[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
});

const rare = (counts: Readonly<Record<string, number>>, names: readonly string[]): readonly string[] =>
  names.filter((name) => (counts[name] ?? 0) < RARE);
