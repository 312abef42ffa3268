/** The exhaustive layer: every operation of every scenario × every kind of fault that can strike it, and pairs. */

import { CARRIED_OUT_OR_NOT, FAULTS_OF } from "./fault-kinds.ts";
import { runSchedule } from "./run-schedule.ts";
import { type AttackedScenario, rotationOf, scenariosOf } from "./scenarios.ts";
import type { StoreName } from "../stores/store-profile.ts";
import type { Fault, FaultKind, Schedule } from "./schedule.ts";
import type { OperationKind, PerformedOperation } from "./trial.ts";

/** Each scenario undisturbed: what the disturbed ones are compared with. */
export const undisturbed = (store: StoreName): readonly Schedule[] =>
  scenariosOf(store).map((attacked) => scheduleWith(attacked, []));

/** `name`: of one scenario; default: all. */
export async function* singleFaults(store: StoreName, name?: string): AsyncIterable<Schedule> {
  for (const attacked of scenariosOf(store)) {
    if (name !== undefined && attacked.scenario.name !== name) continue;
    const { performed } = await runSchedule(scheduleWith(attacked, []));
    for (const [at, { kind }] of operationsOf(performed, attacked))
      for (const fault of faultsAt(at, FAULTS_OF[kind])) yield scheduleWith(attacked, [fault]);
  }
}

/** How far behind the first fault the second one strikes: to the end of the attacked mint, and into the next one. */
const REACH = 14;

/**
 * The second fault strikes whatever comes after the first: the rest of the attacked run or the recovery from it. Of kinds
 * that a reconciler cannot tell apart, one stands for all.
 */
export async function* pairsOfFaults(store: StoreName): AsyncIterable<Schedule> {
  const attacked = rotationOf(store);
  const { performed } = await runSchedule(scheduleWith(attacked, []));
  for (const [at, { kind }] of mintToPromote(operationsOf(performed, attacked))) {
    for (const first of faultsAt(at, pairKinds(kind))) {
      const { performed: after } = await runSchedule(scheduleWith(attacked, [first]));
      for (const [next, second] of [...after.entries()].slice(at + 1, at + 1 + REACH))
        for (const fault of faultsAt(next, pairKinds(second.kind)))
          yield scheduleWith(attacked, [first, fault]);
    }
  }
}

type Indexed = readonly [number, PerformedOperation];

const operationsOf = (
  performed: readonly PerformedOperation[],
  { steps }: AttackedScenario,
): readonly Indexed[] => [...performed.entries()].filter(([, { step }]) => step === steps.length - 1);

/** From the claim of the intent to the claim that promotes; the one that ends the run comes right before the release. */
function mintToPromote(operations: readonly Indexed[]): readonly Indexed[] {
  const isClaim = ([, { kind }]: Indexed, index: number): boolean =>
    kind === "ledger.claim" && operations[index + 1]?.[1].kind !== "ledger.release";
  return operations.slice(operations.findIndex(isClaim), operations.findLastIndex(isClaim) + 1);
}

const faultsAt = (at: number, kinds: readonly FaultKind[]): readonly Fault[] =>
  kinds.flatMap((kind): readonly Fault[] => {
    if (CARRIED_OUT_OR_NOT.has(kind)) return [true, false].map((carriedOut) => ({ at, kind, carriedOut }));
    if (kind === "late") return LATENESS.map((delay) => ({ at, kind, delay }));
    return [{ at, kind }];
  });

/** Late within the same run, in the middle of the next one, and when all is over. */
const LATENESS: readonly number[] = [3, 25, 10_000];

/** `status-429` stands for all that is refused, `lost-answer` for all that is done and not told. */
const FOR_PAIRS: ReadonlySet<FaultKind> = new Set([
  "crash-before",
  "crash-after",
  "slow",
  "lease-lost",
  "status-429",
  "status-503",
  "lost-answer",
  "malformed-body",
  "late",
  "duplicate",
  "shifted-pages",
  "late-list",
  "sink-full",
  "sink-answer-lost",
  "sink-unreadable",
  "ledger-unreachable",
  "ledger-answer-lost",
  "ledger-conflict",
]);

const pairKinds = (kind: OperationKind): readonly FaultKind[] =>
  FAULTS_OF[kind].filter((each) => FOR_PAIRS.has(each));

/** After the attacked run the faults may still strike one more; then they stop. */
const scheduleWith = ({ scenario, steps }: AttackedScenario, faults: readonly Fault[]): Schedule => {
  const last = steps.at(-1);
  const recovery = last && faults.length > 0 ? [...steps, last] : steps;
  return { version: 2, seed: 1, scenario, steps: recovery, faults };
};
