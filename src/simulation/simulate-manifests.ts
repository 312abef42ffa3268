/** Somebody's own manifests against a simulated store, simulated sinks and faults of every kind. */

import { setImmediate as turn } from "node:timers/promises";
import type { DesiredKey } from "../core/desired.ts";
import { INVARIANTS } from "./invariants.ts";
import { manifestsScenario, type ManifestsSetting } from "./manifests-scenario.ts";
import { scheduleOf } from "./random-schedule.ts";
import { runSchedule } from "./run-schedule.ts";
import type { FaultKind, Schedule } from "./schedule.ts";
import { SeededRandom } from "./seeded-random.ts";
import { shrinkSchedule } from "./shrink-schedule.ts";
import { BEGINNING } from "./simulated-clock.ts";
import type { SimulatedFailure, SimulationReport } from "./simulation-report.ts";
import type { Invariant, Trial } from "./trial.ts";

export interface SimulationOptions {
  readonly fromSeed: number;
  readonly seeds: number;
  readonly signal: AbortSignal;
  readonly onSeed?: (done: number) => void;
}

/** Ends at the first seed that breaks an invariant, or when the signal aborts. */
export async function simulateManifests(
  setting: ManifestsSetting,
  { fromSeed, seeds, signal, onSeed }: SimulationOptions,
): Promise<SimulationReport> {
  const tally = new Tally(setting.desired.keys);
  for (let seed = fromSeed; seed < fromSeed + seeds && !signal.aborted; seed += 1) {
    await turn();
    const schedule = scheduleOf(seed, ownScenario(setting, seed));
    const trial = await runSchedule(schedule);
    tally.add(schedule, trial);
    onSeed?.(seed - fromSeed + 1);
    if (trial.breaches.length > 0) return tally.report({ seed, ...(await smallest(schedule, trial)) });
  }
  return tally.report();
}

/** One schedule again, as a report printed it. */
export async function replaySchedule(schedule: Schedule): Promise<SimulationReport> {
  const trial = await runSchedule(schedule);
  const tally = new Tally(schedule.scenario.states.flatMap(({ keys }) => keys));
  tally.add(schedule, trial);
  const { breaches, trace } = trial;
  return tally.report(breaches.length > 0 ? { breaches, schedule, trace } : undefined);
}

const SCENARIO_STREAM = 7;

const ownScenario = (setting: ManifestsSetting, seed: number): Schedule["scenario"] =>
  manifestsScenario(setting, new SeededRandom(seed, SCENARIO_STREAM), BEGINNING);

async function smallest(schedule: Schedule, { breaches }: Trial): Promise<SimulatedFailure> {
  const [first] = breaches;
  const shrunk = first ? await shrinkSchedule(schedule, first.invariant) : schedule;
  const { breaches: left, trace } = await runSchedule(shrunk);
  return { breaches: left, schedule: shrunk, trace };
}

/** Adds trials up. */
class Tally {
  readonly #declared: number;
  readonly #simulated = new Set<string>();
  readonly #faults = new Map<FaultKind, number>();
  readonly #checks = new Map<Invariant, number>();
  readonly #breaches = new Map<Invariant, number>();
  #seeds = 0;
  #runs = 0;
  #operations = 0;

  constructor(declared: readonly DesiredKey[]) {
    this.#declared = new Set(declared.map(({ name }) => name)).size;
  }

  add({ scenario }: Schedule, { struck, checks, breaches, runs, operations }: Trial): void {
    this.#seeds += 1;
    this.#runs += runs;
    this.#operations += operations;
    for (const { name } of scenario.states.flatMap(({ keys }) => keys)) this.#simulated.add(name);
    for (const { kind } of struck) count(this.#faults, kind);
    for (const [invariant, times] of checks) count(this.#checks, invariant, times);
    for (const { invariant } of breaches) count(this.#breaches, invariant);
  }

  report(failure?: SimulatedFailure): SimulationReport {
    const faults = [...this.#faults].map(([kind, times]) => ({ kind, count: times }));
    return {
      seeds: this.#seeds,
      keys: { declared: this.#declared, simulated: this.#simulated.size },
      runs: this.#runs,
      crashes: (this.#faults.get("crash-before") ?? 0) + (this.#faults.get("crash-after") ?? 0),
      operations: this.#operations,
      faults: faults.toSorted((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)),
      invariants: (Object.keys(INVARIANTS) as Invariant[]).map((invariant) => ({
        invariant,
        says: INVARIANTS[invariant],
        checks: this.#checks.get(invariant) ?? 0,
        breaches: this.#breaches.get(invariant) ?? 0,
      })),
      ...(failure && { failure }),
    };
  }
}

const count = <K>(counts: Map<K, number>, key: K, times = 1): void =>
  void counts.set(key, (counts.get(key) ?? 0) + times);
