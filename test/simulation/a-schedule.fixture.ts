/** Schedules in a few words. */

import type { DesiredKey, DesiredState } from "../../src/core/desired.ts";
import { fitState } from "../../src/simulation/fit-state.ts";
import { runSchedule } from "../../src/simulation/run-schedule.ts";
import type {
  Fault,
  FaultKind,
  Happening,
  ReconcilerPlan,
  Scenario,
  Schedule,
  Step,
} from "../../src/simulation/schedule.ts";
import type { OperationKind, Trial } from "../../src/simulation/trial.ts";

const ALONE: ReconcilerPlan = { skewMs: 0, waits: false, concurrency: 1 };

export const run = (...meanwhile: readonly { after: number; happening: Happening }[]): Step => ({
  step: "run",
  reconcilers: [ALONE],
  meanwhile,
});

export const runsSideBySide = (count: number, over: Partial<ReconcilerPlan> = {}): Step => ({
  step: "run",
  reconcilers: Array.from({ length: count }, () => ({ ...ALONE, ...over })),
  meanwhile: [],
});

export const happens = (happening: Happening): Step => ({ step: "happen", happening });
export const push = (state: number): Step => happens({ act: "push", state });
export const wait = (ms: number): Step => happens({ act: "advance", ms });

export const state = (...keys: readonly DesiredKey[]): DesiredState => ({
  instance: "acme",
  keys,
  roles: [],
});

export interface ScheduleParts extends Partial<Omit<Scenario, "name" | "states">> {
  readonly states: readonly DesiredState[];
  readonly steps: readonly Step[];
  readonly faults?: readonly Fault[];
}

/** The states in the words of the store, which is our own where nothing else is said; every sink that they name is readable. */
export function aSchedule({
  states,
  steps,
  faults = [],
  store = "keywright",
  ...over
}: ScheduleParts): Schedule {
  const names = new Set(
    states.flatMap(({ keys }) => keys.flatMap(({ deliverTo }) => deliverTo.map(({ sink }) => sink))),
  );
  const sinks = [...names].map((name) => ({ name, readable: true }));
  const scenario = {
    name: "by hand",
    store,
    sinks,
    states: states.map((each) => fitState(each, store)),
    maxRevocations: 3,
    rereadEvery: 0,
    ...over,
  };
  return { version: 2, seed: 1, scenario, steps, faults };
}

/** The schedule with `fault` at each operation of `kind` in the step, once each: all but the last may be none. */
export async function strikingEach(
  schedule: Schedule,
  step: number,
  kind: OperationKind | undefined,
  fault: FaultKind,
  over: Partial<Fault> = {},
): Promise<readonly Schedule[]> {
  const { performed } = await runSchedule(schedule);
  return performed.flatMap((operation, at) =>
    operation.step === step && (kind === undefined || operation.kind === kind)
      ? { ...schedule, faults: [...schedule.faults, { at, kind: fault, ...over }] }
      : [],
  );
}

export async function runAll(schedules: readonly Schedule[]): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const schedule of schedules) trials.push(await runSchedule(schedule));
  return trials;
}
