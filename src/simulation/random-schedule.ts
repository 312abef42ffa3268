/** The seeded layer: scenario, steps and faults drawn from one number. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/duration.ts";
import { CARRIED_OUT_OR_NOT, FAULTS_OF } from "./fault-kinds.ts";
import { hasRename, randomScenario } from "./random-scenario.ts";
import type { Fault, FaultKind, Happening, ReconcilerPlan, Scenario, Schedule, Step } from "./schedule.ts";
import { SeededRandom } from "./seeded-random.ts";

const SCENARIO_STREAM = 11;
const STEPS_STREAM = 12;

/** The trial of a seed, always the same. */
export const randomSchedule = (seed: number): Schedule =>
  scheduleOf(seed, randomScenario(new SeededRandom(seed, SCENARIO_STREAM)));

/** What is done and what goes wrong in `scenario`: always the same for one seed. */
export function scheduleOf(seed: number, scenario: Scenario): Schedule {
  const random = new SeededRandom(seed, STEPS_STREAM);
  const chaos = Array.from({ length: 1 + random.below(3) }, () => randomSteps(random, scenario)).flat();
  const drawn = random.oneIn(4) ? chaos : [CALM_RUN, ...chaos];
  const steps = scenario.states.some(hasRename) ? onward(drawn) : drawn;
  return { version: 2, seed, scenario, steps, faults: randomFaults(random, steps) };
}

/** The same steps, but that no push goes back to an earlier state. */
function onward(steps: readonly Step[]): readonly Step[] {
  let newest = 0;
  const move = (happening: Happening): Happening => {
    if (happening.act !== "push") return happening;
    newest = Math.max(newest, happening.state);
    return { act: "push", state: newest };
  };
  return steps.map((each) => {
    if (each.step === "happen") return { ...each, happening: move(each.happening) };
    if (each.step !== "run") return each;
    const inOrder = each.meanwhile.toSorted((a, b) => a.after - b.after);
    return {
      ...each,
      meanwhile: inOrder.map(({ after, happening }) => ({ after, happening: move(happening) })),
    };
  });
}

const CALM: ReconcilerPlan = { skewMs: 0, waits: false, concurrency: 2 };
const CALM_RUN: Step = { step: "run", reconcilers: [CALM], meanwhile: [] };

/** Something new, often; then reconcilers at work. */
function randomSteps(random: SeededRandom, scenario: Scenario): readonly Step[] {
  const before: Step[] = random.oneIn(4)
    ? []
    : [{ step: "happen", happening: randomHappening(random, scenario) }];
  if (random.oneIn(10)) before.push({ step: "jump", ms: random.pick([-DAY_MS, DAY_MS, 0]) });
  return [...before, randomRun(random, scenario)];
}

function randomRun(random: SeededRandom, scenario: Scenario): Step {
  const count = random.pick([1, 1, 1, 2, 2, 3]);
  const reconcilers = Array.from({ length: count }, () => ({
    skewMs: random.pick([0, 0, 0, -MINUTE_MS, MINUTE_MS, -HOUR_MS, HOUR_MS]),
    waits: random.oneIn(2),
    concurrency: 1 + random.below(3),
  }));
  const meanwhile = Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => ({
    after: random.below(45),
    happening: randomHappening(random, scenario),
  }));
  return { step: "run", reconcilers, meanwhile };
}

const TIMES: readonly number[] = [
  10 * MINUTE_MS,
  HOUR_MS,
  12 * HOUR_MS,
  25 * HOUR_MS,
  25 * HOUR_MS,
  20 * DAY_MS,
  65 * DAY_MS,
  100 * DAY_MS,
];

function randomHappening(random: SeededRandom, { states }: Scenario): Happening {
  const kind = random.below(10);
  if (kind < 5) return { act: "push", state: random.below(states.length) };
  if (kind < 7) return { act: "advance", ms: random.pick(TIMES) };
  const number = random.below(8);
  const act = random.pick(ACTS);
  return act === "make-key"
    ? { act }
    : act === "delete-value" || act === "overwrite-value"
      ? { act, slot: number }
      : { act, key: number };
}

const ACTS = [
  "describe-key",
  "describe-key",
  "revoke-key",
  "copy-marker",
  "drop-marker",
  "cut-marker",
  "bend-marker",
  "make-key",
  "delete-value",
  "delete-value",
  "overwrite-value",
  "overwrite-value",
] as const;

const KINDS: readonly FaultKind[] = [...new Set(Object.values(FAULTS_OF).flat())];

/** A run of one key has some 25 operations. */
const OPERATIONS_OF_A_RUN = 30;

function randomFaults(random: SeededRandom, steps: readonly Step[]): readonly Fault[] {
  const reconcilers = steps.reduce(
    (sum, each) => sum + (each.step === "run" ? each.reconcilers.length : 0),
    0,
  );
  return Array.from({ length: random.pick([0, 1, 1, 2, 2, 3, 4]) }, () => {
    const at = random.below(reconcilers * OPERATIONS_OF_A_RUN);
    const kind = random.oneIn(3) ? random.pick(CRASHES) : random.pick(KINDS);
    return {
      at,
      kind,
      ...(CARRIED_OUT_OR_NOT.has(kind) && { carriedOut: random.oneIn(2) }),
      ...(kind === "late" && { delay: 1 + random.below(random.pick([5, 60])) }),
    };
  });
}

const CRASHES: readonly FaultKind[] = ["crash-before", "crash-after"];
