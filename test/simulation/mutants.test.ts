/** A checker that finds nothing proves nothing: every fault that is put into the protocol has to be found. */

import { afterAll, expect, test } from "vitest";
import { bundleSimulator } from "./bundle-simulator.ts";
import { MUTANTS } from "./mutants/all-mutants.ts";
import { INVARIANTS } from "../../src/simulation/invariants.ts";
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
  { timeout: 300_000 },
  async ({ expect }) => {
    const simulator = openSimulator(await bundleSimulator());
    const { failure } = await simulator.hunt({ most: MOST });
    await simulator.close();
    expect(failure?.breaches).toBeUndefined();
  },
);

test.concurrent.for(MUTANTS)("$name: caught", { timeout: 120_000 }, async (mutant, { expect }) => {
  const { by, otherwise } = await killerOf(mutant);
  expect(by, `no schedule shows that the protocol ${mutant.name}: ${otherwise}`).toBeDefined();
});

async function killerOf(mutant: Mutant): Promise<{ readonly by?: Invariant; readonly otherwise: string }> {
  const simulator = openSimulator(await bundleSimulator(mutant));
  try {
    const { scenario } = mutant;
    const sought = expectedOf(mutant);
    const hunt = { most: MOST, by: sought, ...(scenario !== undefined && { scenario }) };
    const { count, failure, other } = await simulator.hunt(hunt);
    const by = failure?.breaches.find(({ invariant }) => sought.includes(invariant))?.invariant;
    if (by !== undefined) killed.push({ mutant: mutant.name, by, after: count });
    return { ...(by !== undefined && { by }), otherwise: other?.breaches[0]?.message ?? "all is well" };
  } finally {
    await simulator.close();
  }
}

/** A patch that merely throws ends in `bug`, or never comes to an end: without being named, that is no catch. */
const expectedOf = ({ by }: Mutant): readonly Invariant[] =>
  by ?? (Object.keys(INVARIANTS) as Invariant[]).filter((each) => each !== "bug" && each !== "convergence");

afterAll(() => {
  const rows = killed
    .toSorted((a, b) => a.by.localeCompare(b.by) || a.mutant.localeCompare(b.mutant))
    .map(({ mutant, by, after }) => `${by.padEnd(12)} ${String(after).padStart(7)}  ${mutant}`);
  process.stdout.write(`caught by    schedules  mutant\n${rows.join("\n")}\n`);
});
