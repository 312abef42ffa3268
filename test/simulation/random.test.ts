/** What the random layer covers: a checker that looks at nothing finds nothing. */

import { expect, test } from "vitest";
import { FAULTS_OF } from "../../src/simulation/fault-kinds.ts";
import { randomSchedule } from "../../src/simulation/random-schedule.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";

const SEEDS = 600;

test(
  `${SEEDS} random trials break no invariant, and meet everything that can go wrong`,
  { timeout: 300_000 },
  async () => {
    const struck = new Set<string>();
    const looked = new Map<string, number>();
    const seen = new Set<string>();
    let promises = 0;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const schedule = randomSchedule(seed);
      const trial = await runSchedule(schedule);
      expect(trial.breaches[0], `seed ${seed}`).toBeUndefined();
      for (const { kind } of trial.struck) struck.add(kind);
      for (const [invariant, times] of trial.checks)
        looked.set(invariant, (looked.get(invariant) ?? 0) + times);
      for (const what of happeningsOf(schedule)) seen.add(what);
      promises += trial.promises;
    }
    expect([...new Set(Object.values(FAULTS_OF).flat())].filter((kind) => !struck.has(kind))).toEqual([]);
    expect(INVARIANTS.filter((invariant) => (looked.get(invariant) ?? 0) < 20)).toEqual([]);
    expect(EVERYTHING.filter((what) => !seen.has(what))).toEqual([]);
    // Consumers that were being served, and had to stay so.
    expect(promises / SEEDS).toBeGreaterThan(5);
  },
);

const INVARIANTS = [
  "I1",
  "I2",
  "I3",
  "I4",
  "I5",
  "I6",
  "I7",
  "I8",
  "I9",
  "convergence",
  "quiet",
  "blocking",
] as const;

const EVERYTHING: readonly string[] = [
  "client",
  "store-with-id",
  "store-without-id",
  "blind sink",
  "side by side",
  "skew",
  "jump",
  "meanwhile",
  "push",
  "advance",
  "describe-key",
  "revoke-key",
  "copy-marker",
  "make-key",
  "delete-value",
  "overwrite-value",
];

function happeningsOf({ scenario, steps }: ReturnType<typeof randomSchedule>): readonly string[] {
  return [
    scenario.mint,
    ...(scenario.sinks.some(({ readable }) => !readable) ? ["blind sink"] : []),
    ...steps.flatMap((each) => {
      if (each.step === "jump") return ["jump"];
      if (each.step === "happen") return [each.happening.act];
      return [
        ...(each.reconcilers.length > 1 ? ["side by side"] : []),
        ...(each.reconcilers.some(({ skewMs }) => skewMs !== 0) ? ["skew"] : []),
        ...each.meanwhile.flatMap(({ happening }) => ["meanwhile", happening.act]),
      ];
    }),
  ];
}
