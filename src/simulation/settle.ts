/** The liveness phase: nothing goes wrong any more, and three runs have to settle everything. */

import { HOUR_MS } from "../core/duration.ts";
import { isEmpty, type Plan } from "../core/plan.ts";
import { checkSettled } from "./check-settled.ts";
import { checkHeld, decide } from "./decide.ts";
import type { Stage } from "./run-schedule.ts";
import { longestOverlapMs, type Universe } from "./universe.ts";

const RUNS = 3;

export async function settle(stage: Stage): Promise<void> {
  stage.witness.count("convergence", "quiet", "economy");
  if (!(await converge(stage))) return;
  checkSettled(stage);
  await checkQuiet(stage);
  await outliveOverlaps(stage);
}

/** Runs until the plan is empty, with people's help where only they may decide; whether it came to that. */
async function converge(stage: Stage): Promise<boolean> {
  const { universe } = stage;
  const spent = universe.mutations;
  const allowance = allowanceOf(universe);
  let plan = await runUntilSettled(stage);
  if (plan) checkHeld(stage, plan);
  // One decision may lay bare what the next is about.
  for (let asked = 0; plan && isForPeople(plan) && asked < DECISIONS; asked += 1)
    plan = await runUntilSettled(stage, await decide(stage, plan));
  if (universe.mutations - spent > allowance)
    stage.witness.report("economy", `settling took ${universe.mutations - spent} requests, not ${allowance}`);
  if (plan && isEmpty(plan)) return true;
  stage.witness.report("convergence", `${RUNS} runs did not settle it: ${describe(plan)}`);
  return false;
}

const DECISIONS = 3;

const isForPeople = ({ blocked, violations }: Plan): boolean => blocked.length > 0 || violations.length > 0;

/**
 * Twice what it takes to mint all anew: a mint is a creation and a verification, a change is one request; and whatever
 * is there may have to go. Wide: it stops a run that goes round in circles, and proves no thrift.
 */
function allowanceOf(universe: Universe): number {
  const { keys, roles } = universe.desired;
  return 2 * (3 * keys.length + universe.managed().length + 2 * roles.length + 1);
}

/** The first plan that asks for nothing, or the one after the last run. */
async function runUntilSettled(stage: Stage, allowed: readonly string[] = []): Promise<Plan | undefined> {
  let plan: Plan | undefined;
  for (let run = 0; run <= RUNS; run += 1) {
    const reconciled = await stage.runCalmly(allowed);
    plan = reconciled.plan;
    if (plan && (plan.changes.length === 0 || plan.violations.length > 0)) return plan;
  }
  return plan;
}

const describe = (plan: Plan | undefined): string =>
  plan
    ? [
        ...plan.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`),
        ...plan.blocked.map(({ name, code }) => `${name} ${code}`),
        ...plan.violations.map(({ guard }) => guard),
      ].join(", ")
    : "there is no plan";

/** One more run changes nothing, anywhere. */
async function checkQuiet(stage: Stage): Promise<void> {
  const { universe, witness } = stage;
  const before = universe.mutations;
  const { plan } = await stage.runCalmly();
  if (universe.mutations > before || !plan || !isEmpty(plan))
    witness.report("quiet", `a settled world is not left alone: ${describe(plan)}`);
}

/** When all overlaps have passed, what was replaced is gone. */
async function outliveOverlaps(stage: Stage): Promise<void> {
  const { universe, witness } = stage;
  const replaced = universe.managed().filter(({ key }) => !isCurrent(stage, key.id));
  if (replaced.length === 0) return;
  witness.consumers.reread();
  universe.advance(longestOverlapMs(universe.scenario) + 26 * HOUR_MS);
  witness.look();
  witness.consumers.settle();
  const plan = await runUntilSettled(stage);
  if (!plan || !isEmpty(plan)) witness.report("convergence", `after the overlap: ${describe(plan)}`);
  const left = new Set(universe.managed().map(({ key }) => key.id));
  for (const { key } of replaced)
    if (left.has(key.id))
      witness.report("convergence", `${key.id} of ${key.marker?.name} outlives its overlap`);
}

const isCurrent = ({ universe }: Stage, id: string): boolean =>
  [...universe.history.table.values()].some(({ record }) => record?.current?.id === id);
