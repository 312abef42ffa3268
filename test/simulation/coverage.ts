/** What trials covered: a checker that looks at nothing finds nothing. Plain data, so that workers can send it. */

import type { Schedule } from "../../src/simulation/schedule.ts";
import type { Trial } from "../../src/simulation/trial.ts";

export interface Coverage {
  /** By invariant, and by fault that struck, operation that took place and thing that happened: how often. */
  readonly checks: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  /** Consumers that were being served, and had to stay so. */
  readonly promises: number;
}

export const NOTHING_COVERED: Coverage = { checks: {}, seen: {}, promises: 0 };

export function coverageOf(schedule: Schedule, { checks, struck, performed, promises }: Trial): Coverage {
  const seen = [
    ...struck.map(({ kind }) => kind),
    ...performed.map(({ kind }) => kind),
    ...happeningsOf(schedule),
  ];
  return {
    checks: Object.fromEntries(checks),
    seen: sumOf(seen.map((each) => ({ [each]: 1 }))),
    promises,
  };
}

export const addCoverage = (all: readonly Coverage[]): Coverage => ({
  checks: sumOf(all.map(({ checks }) => checks)),
  seen: sumOf(all.map(({ seen }) => seen)),
  promises: all.reduce((sum, { promises }) => sum + promises, 0),
});

function sumOf(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function happeningsOf({ scenario, steps }: Schedule): readonly string[] {
  const { store, sinks } = scenario;
  return [
    store,
    ...sinks.flatMap(({ readable, inspectable }) =>
      readable ? [] : [inspectable ? "inspectable sink" : "blind sink"],
    ),
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
