/** Makes a schedule that breaks an invariant as small as it gets while it still breaks the same one. */

import type { DesiredState } from "../core/desired.ts";
import { runSchedule } from "./run-schedule.ts";
import type { ReconcilerPlan, Scenario, Schedule, Step } from "./schedule.ts";
import type { Invariant, Trial } from "./trial.ts";

export interface ShrinkOptions {
  /** Default: `runSchedule`. */
  readonly run?: (schedule: Schedule) => Promise<Pick<Trial, "breaches">>;
  /** The most trials; what is smallest by then is the result. Default: 2000. */
  readonly trials?: number;
}

/** Greedy: takes the first smaller schedule that still breaks `invariant`, and begins again from there. */
export async function shrinkSchedule(
  schedule: Schedule,
  invariant: Invariant,
  { run = runSchedule, trials = 2000 }: ShrinkOptions = {},
): Promise<Schedule> {
  let left = trials;
  const stillBreaks = async (candidate: Schedule): Promise<boolean> => {
    left -= 1;
    const { breaches } = await run(candidate);
    return breaches.some((breach) => breach.invariant === invariant);
  };
  let smallest = schedule;
  for (;;) {
    const smaller = await firstThat(smallerSchedules(smallest), (each) =>
      left > 0 ? stillBreaks(each) : false,
    );
    if (!smaller) return smallest;
    smallest = smaller;
  }
}

async function firstThat<T>(
  candidates: Iterable<T>,
  holds: (candidate: T) => Promise<boolean> | false,
): Promise<T | undefined> {
  for (const candidate of candidates) if (await holds(candidate)) return candidate;
  return undefined;
}

/** Each is smaller than `schedule`, so shrinking comes to an end. */
function* smallerSchedules(schedule: Schedule): Generator<Schedule> {
  const { scenario, steps, faults } = schedule;
  for (const fewer of withoutSome(steps)) yield { ...schedule, steps: fewer };
  for (const fewer of withoutSome(faults)) yield { ...schedule, faults: fewer };
  for (const smaller of smallerScenarios(scenario)) yield { ...schedule, scenario: smaller };
  for (const smaller of withoutUnusedStates(scenario, steps)) {
    yield { ...schedule, scenario: smaller.scenario, steps: smaller.steps };
  }
  for (const [index, step] of steps.entries()) {
    for (const simpler of simplerSteps(step)) yield { ...schedule, steps: steps.with(index, simpler) };
  }
}

/** The list without its halves, then without its quarters, down to single items. */
function* withoutSome<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let size = Math.ceil(list.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < list.length; start += size) yield list.toSpliced(start, size);
  }
}

function* smallerScenarios(scenario: Scenario): Generator<Scenario> {
  const { states, sinks } = scenario;
  const mapStates = (change: (state: DesiredState) => DesiredState): Scenario => ({
    ...scenario,
    states: states.map(change),
  });
  const names = [...new Set(states.flatMap(({ keys }) => keys.map(({ name }) => name)))];
  for (const kept of withoutSome(names)) {
    const smaller = mapStates((state) => ({
      ...state,
      keys: state.keys.filter(({ name }) => kept.includes(name)),
    }));
    // An empty set of manifests is another matter: a guard refuses it.
    if (smaller.states.every(({ keys }, index) => keys.length > 0 || states[index]?.keys.length === 0))
      yield smaller;
  }
  if (states.some(({ policy }) => policy)) yield mapStates(({ policy: _, ...rest }) => rest);
  for (const { name } of sinks) {
    const without = withoutSink(scenario, name);
    if (without) yield without;
  }
}

/** Undefined when a key goes to that sink alone. */
function withoutSink(scenario: Scenario, sink: string): Scenario | undefined {
  const states = scenario.states.map((state) => ({
    ...state,
    keys: state.keys.map((key) => ({
      ...key,
      deliverTo: key.deliverTo.filter((slot) => slot.sink !== sink),
    })),
  }));
  if (states.some(({ keys }) => keys.some(({ deliverTo }) => deliverTo.length === 0))) return undefined;
  return { ...scenario, states, sinks: scenario.sinks.filter(({ name }) => name !== sink) };
}

/** One state less, where no step pushes it. */
function* withoutUnusedStates(
  scenario: Scenario,
  steps: readonly Step[],
): Generator<Pick<Schedule, "scenario" | "steps">> {
  const used = new Set(steps.flatMap(pushedStates));
  for (let index = scenario.states.length - 1; index > 0; index -= 1) {
    if (used.has(index)) continue;
    yield {
      scenario: { ...scenario, states: scenario.states.toSpliced(index, 1) },
      steps: steps.map((step) => renumbered(step, index)),
    };
  }
}

const happeningsOf = (step: Step) => {
  if (step.step === "run") return step.meanwhile.map(({ happening }) => happening);
  return step.step === "happen" ? [step.happening] : [];
};

const pushedStates = (step: Step): readonly number[] =>
  happeningsOf(step).flatMap((happening) => (happening.act === "push" ? [happening.state] : []));

type Happenings = ReturnType<typeof happeningsOf>[number];

function renumbered(step: Step, removed: number): Step {
  const move = (happening: Happenings): Happenings =>
    happening.act === "push" && happening.state > removed
      ? { ...happening, state: happening.state - 1 }
      : happening;
  if (step.step === "happen") return { ...step, happening: move(step.happening) };
  if (step.step !== "run") return step;
  const meanwhile = step.meanwhile.map(({ after, happening }) => ({ after, happening: move(happening) }));
  return { ...step, meanwhile };
}

function* simplerSteps(step: Step): Generator<Step> {
  if (step.step !== "run") return;
  const { reconcilers, meanwhile } = step;
  for (const fewer of withoutSome(reconcilers)) if (fewer.length > 0) yield { ...step, reconcilers: fewer };
  for (const fewer of withoutSome(meanwhile)) yield { ...step, meanwhile: fewer };
  if (!reconcilers.every(isPlain)) yield { ...step, reconcilers: reconcilers.map(plain) };
}

const isPlain = ({ skewMs, concurrency }: ReconcilerPlan): boolean => skewMs === 0 && concurrency === 1;
const plain = ({ waits }: ReconcilerPlan): ReconcilerPlan => ({ skewMs: 0, waits, concurrency: 1 });
