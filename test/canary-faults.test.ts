/** S2 on every way that goes wrong: whatever a port says back in an error, no secret gets to where somebody reads. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../src/core/desired.ts";
import type { Minting } from "../src/core/ports.ts";
import { sealWorld } from "../src/reconcile/seal-world.ts";
import type { World } from "../src/reconcile/world.ts";
import { findSecrets } from "./canary.fixture.ts";
import { createWitness, FAULTS, runHostile, type Strike, type Witness } from "./hostile-world.fixture.ts";
import { aKey, createUniverse, type Universe } from "./reconcile/memory-world.fixture.ts";

const BOTH = [
  { sink: "local", path: "a" },
  { sink: "other", path: "a" },
];
const USER = [{ type: "default", role: "USER" }] as const;

interface Scenario {
  readonly name: string;
  readonly blind: boolean;
  readonly before: readonly DesiredKey[];
  readonly after: readonly DesiredKey[];
}

const FIRST = aKey("a", { deliverTo: BOTH });
const SCENARIOS: readonly Scenario[] = [
  { name: "a first key", blind: false, before: [], after: [FIRST] },
  { name: "a first key, one sink blind", blind: true, before: [], after: [FIRST] },
  { name: "a rotation", blind: false, before: [FIRST], after: [{ ...FIRST, roles: USER }] },
  { name: "a copy into a new slot", blind: false, before: [aKey("a")], after: [FIRST] },
  { name: "a removal", blind: false, before: [FIRST, aKey("b")], after: [aKey("b")] },
];

const MINTS: readonly (readonly [string, Minting | undefined])[] = [
  ["sink-first", undefined],
  ["minted by the store", { by: "store", returnsId: true }],
  ["minted by the store, no id", { by: "store", returnsId: false }],
];

const ROWS = MINTS.flatMap(([how, mint]) =>
  SCENARIOS.map((scenario) => ({ how, ...scenario, ...(mint && { mint }) })),
);
type Row = (typeof ROWS)[number];

const unsealed = (world: World): World => world;
const sealed = (world: World): World => sealWorld(world);

test.each(ROWS)(
  "S2: $how, $name: no fault at any operation tells a secret",
  { timeout: 120_000 },
  async (row) => {
    const { operations } = await trial(row, createWitness(), sealed);
    expect(operations).toBeGreaterThan(5);
    let echoes = 0;
    for (let at = 0; at < operations; at += 1) {
      const witness = createWitness();
      for (const fault of FAULTS) echoes += (await trial(row, witness, sealed, { at, fault })).echoed.length;
      expect(leaksOf(witness), `at operation ${at}`).toEqual([]);
    }
    // A scenario in which no port ever had a secret to tell would prove nothing.
    expect(echoes).toBeGreaterThan(5);
  },
);

test.each(MINTS)("S2: %s: without the seal the same errors do tell", async (how, mint) => {
  const row = ROWS.find((each) => each.how === how && each.mint === mint) as Row;
  const { operations } = await trial(row, createWitness(), unsealed);
  const leaks: string[] = [];
  for (let at = 0; at < operations; at += 1) {
    const witness = createWitness();
    await trial(row, witness, unsealed, { at, fault: "late and foreign" });
    leaks.push(...leaksOf(witness));
  }
  expect(leaks).not.toEqual([]);
});

/** The run that is struck, and one that takes up what it left: its output counts too. */
async function trial(
  { blind, mint, before, after }: Row,
  witness: Witness,
  seal: (world: World) => World,
  strike?: Strike,
): ReturnType<typeof runHostile> {
  const universe: Universe = createUniverse("canary", { blind, ...(mint && { mint }) });
  if (before.length > 0) {
    universe.declare(...before);
    await runHostile(universe, witness, seal);
  }
  universe.declare(...after);
  const struck = await runHostile(universe, witness, seal, strike);
  await runHostile(universe, witness, seal);
  return struck;
}

const leaksOf = ({ texts, secrets }: Witness): readonly string[] =>
  findSecrets(Buffer.from(texts.join("\n")), [...secrets]);
