/** A checker that finds nothing proves nothing: every fault that is put into the protocol has to be found. */

import { afterAll, expect, test } from "vitest";
import { bundleSimulator } from "./bundle-simulator.ts";
import { MUTANTS } from "./mutants/all-mutants.ts";
import type { Invariant } from "../../src/simulation/trial.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { openSimulator } from "./open-simulator.ts";

/** Single faults, and random schedules, in which a mutant has to show. */
const MOST = 500;

const killed: { readonly mutant: string; readonly by: string; readonly after: number }[] = [];

test("there are at least 32 mutants, each with a name of its own", () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(32);
});

test.concurrent(
  "without a mutant, the same schedules show nothing",
  { timeout: 120_000 },
  async ({ expect }) => {
    const simulator = openSimulator(await bundleSimulator());
    const { failure } = await simulator.hunt(MOST);
    await simulator.close();
    expect(failure?.breaches).toBeUndefined();
  },
);

test.concurrent.for(MUTANTS)("$name: caught", { timeout: 120_000 }, async (mutant, { expect }) => {
  const by = await killerOf(mutant);
  expect(by, `no schedule shows that the protocol ${mutant.name}`).toBeDefined();
});

async function killerOf(mutant: Mutant): Promise<string | undefined> {
  const simulator = openSimulator(await bundleSimulator(mutant));
  try {
    const { count, failure } = await simulator.hunt(MOST);
    const by = failure?.breaches.find(({ invariant }) => isExpected(mutant, invariant))?.invariant;
    if (by !== undefined) killed.push({ mutant: mutant.name, by, after: count });
    return by;
  } finally {
    await simulator.close();
  }
}

/** A patch that merely throws ends in `bug`, or never comes to an end: without being named, that is no catch. */
const isExpected = ({ by }: Mutant, invariant: Invariant): boolean =>
  by ? by.includes(invariant) : invariant !== "bug" && invariant !== "convergence";

afterAll(() => {
  const rows = killed
    .toSorted((a, b) => a.by.localeCompare(b.by) || a.mutant.localeCompare(b.mutant))
    .map(({ mutant, by, after }) => `${by.padEnd(12)} ${String(after).padStart(7)}  ${mutant}`);
  process.stdout.write(`caught by    schedules  mutant\n${rows.join("\n")}\n`);
});
