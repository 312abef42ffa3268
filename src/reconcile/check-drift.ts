/**
 * One look at store, sinks and ledger for what is not as it should be. Changes nothing and takes no lock, so a run may be
 * under way beside it: what is found while the ledger moves is looked at again, and only what stays is told.
 */

import { KeywrightError } from "../core/error.ts";
import { baselineOf } from "../core/baseline.ts";
import { buildReport, type DriftReport } from "../core/drift/drift-report.ts";
import { type Drift, findDrift } from "../core/drift/find-drift.ts";
import type { DriftPolicy } from "../core/drift/finding.ts";
import type { Facts } from "../core/facts.ts";
import { type Plan, planOf } from "../core/plan.ts";
import { SCHEDULE_RECORD } from "../core/schedule/check-schedule.ts";
import { limitsOf } from "./limits-of.ts";
import { gather, type Gathered, planFrom } from "./make-plan.ts";
import type { World } from "./world.ts";

export interface DriftOptions {
  readonly policy: DriftPolicy;
  /** See `PlanOptions`. */
  readonly allowed?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface DriftCheck {
  readonly report: DriftReport;
  readonly facts: Facts;
  /** All that is to be done. */
  readonly plan: Plan;
  /** What a fix would do of it: a plan as any other, and nothing else. */
  readonly fix: Plan;
}

/** Looks after the first, as long as the ledger moves. */
const MORE_LOOKS = 3;

/** STORE_INCOMPLETE when the store did not list all that it holds: what is not listed is not missing. */
export async function checkDrift(world: World, options: DriftOptions): Promise<DriftCheck> {
  let look = await lookOnce(world, options);
  const { keys } = look;
  for (let more = 0; more < MORE_LOOKS && look.drift.findings.length > 0; more += 1) {
    const next = await lookOnce(world, options);
    for (const key of keys) if (!next.keys.has(key)) keys.delete(key);
    const isStill = isSameLedger(look.gathered.facts, next.gathered.facts);
    look = next;
    if (isStill) return checkOf(world, look, options);
  }
  const findings = look.drift.findings.filter(({ key }) => keys.has(key));
  return checkOf(world, { ...look, drift: { ...look.drift, findings } }, options);
}

interface Look {
  readonly gathered: Gathered;
  readonly plan: Plan;
  readonly drift: Drift;
  /** Of its findings. */
  readonly keys: Set<string>;
}

async function lookOnce(world: World, { policy, allowed = [], signal }: DriftOptions): Promise<Look> {
  const gathered = await gather(world, signal);
  const { plan, facts } = planFrom(world, gathered, { allowed });
  if (!facts.live.complete) {
    throw new KeywrightError("STORE_INCOMPLETE", "the store did not list all that it holds", {
      hint: "nothing can be said of what is missing; run it again, and if it stays so, look at the store",
    });
  }
  const drift = findDrift(facts, plan, limitsOf(world, allowed), policy);
  return { gathered, plan, drift, keys: new Set(drift.findings.map(({ key }) => key)) };
}

/** Whether no record was written from before the one reading until after the other. Who checks when is no matter. */
const isSameLedger = (before: Facts, after: Facts): boolean => versionsOf(before) === versionsOf(after);

const versionsOf = ({ records }: Facts): string =>
  [...records.values()]
    .filter(({ name }) => name !== SCHEDULE_RECORD)
    .map(({ name, version }) => `${name} ${version}`)
    .sort()
    .join("\n");

function checkOf(world: World, { gathered, plan, drift }: Look, { allowed = [] }: DriftOptions): DriftCheck {
  const { facts, binding } = gathered;
  return {
    report: buildReport(drift, plan, baselineOf(facts.records)),
    facts,
    plan,
    fix: planOf({ changes: drift.fixes, blocked: [] }, facts, binding, limitsOf(world, allowed)),
  };
}
