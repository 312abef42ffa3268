/**
 * Applies a plan, and nothing but a plan: takes the lease, reads everything anew, refuses what is stale or
 * what a guard refuses, carries out the changes, and records an outcome for each.
 */

import { approvalRefusal } from "../core/approval/approval-guard.ts";
import type { Change } from "../core/change.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import { violationsOf } from "../core/guard.ts";
import type { RunStarted } from "../core/ledger-event.ts";
import type { Lease, LeaseHolder } from "../core/ports.ts";
import type { LiveKey } from "../core/live.ts";
import { holdContested } from "../core/hold-contested.ts";
import { isIntact, type Plan, stalePoints } from "../core/plan.ts";
import type { RiskClass } from "../core/risk/risk.ts";
import { risksOf } from "../core/risk/risks-of.ts";
import type { ChangeOutcome, RunRecord } from "../core/run.ts";
import type { Run } from "./effect.ts";
import { createHalt } from "./halt.ts";
import { limitsOf } from "./limits-of.ts";
import { makePlan, type PlannedFacts } from "./make-plan.ts";
import { rememberWith } from "./remember-baseline.ts";
import { runChanges } from "./run-changes.ts";
import { runId, runRecord } from "./run-record.ts";
import { shareReading } from "./share-reading.ts";
import type { NoticeFailure } from "./tell.ts";
import { tellRun } from "./tell-run.ts";
import { untilDeadline } from "./until-deadline.ts";
import type { World } from "./world.ts";

export interface ApplyOptions {
  /** See `PlanOptions`. */
  readonly allowed?: readonly string[];
  /** Classes of risk for which somebody has seen that the rules in `World.approvals` are met. */
  readonly approved?: readonly RiskClass[];
  /** Ends the run after the keys at hand; the rest is `not-run`. */
  readonly signal?: AbortSignal;
  /** From then on the store is not waited for: see `untilDeadline`. */
  readonly deadline?: AbortSignal;
  /** How long to wait for another apply to end; 0: not at all. */
  readonly leaseWaitMs: number;
  /** Who applies, for whoever has to wait. */
  readonly holder: string;
  /** Hears why there is some waiting to do. */
  readonly onWait?: (why: string) => void;
  readonly onStart?: (changes: readonly Change[]) => void;
  readonly onOutcome?: (outcome: ChangeOutcome) => void;
  /** Hears of people who could not be told; the run is none the worse for it. */
  readonly onNoticeFailed?: (failure: NoticeFailure) => void;
}

/**
 * Throws before the first change only: LEASE_HELD, PLAN_INVALID, PLAN_STALE, GUARD_REFUSED, INPUT_INVALID,
 * or that a port cannot be read. From the first change on everything is in the record.
 */
export async function applyPlan(plan: Plan, world: World, options: ApplyOptions): Promise<RunRecord> {
  if (!isIntact(plan)) {
    throw new KeywrightError("PLAN_INVALID", "the plan was changed after it was made", {
      hint: "make it anew with `keywright plan --out`; a plan is not to be edited",
    });
  }
  const id = runId(world.clock.now(), world.random);
  const holder: LeaseHolder = { run: id, description: options.holder };
  const lease = await takeLease(world, holder, options);
  const run = await underLease(lease, async () => {
    const { facts, plan: whole } = await approvedFacts(plan, world, options);
    const record = await carryOut({ plan, whole, facts }, world, id, lease, options);
    return { facts, plan, whole, record };
  });
  for (const failure of await tellRun(world, run, options.signal)) options.onNoticeFailed?.(failure);
  return run.record;
}

async function underLease<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await lease.release();
  }
}

const sharedListing = ({ store }: World): Run["listing"] =>
  shareReading<readonly LiveKey[]>(async () => {
    const keys: LiveKey[] = [];
    for await (const key of store.list("ApiKey")) keys.push(key);
    return keys;
  });

async function takeLease({ ledger }: World, holder: LeaseHolder, options: ApplyOptions): Promise<Lease> {
  try {
    return await ledger.lease(holder, 0);
  } catch (error) {
    if (options.leaseWaitMs === 0 || !isKeywrightError(error, "LEASE_HELD")) throw error;
    options.onWait?.(error.message);
    return ledger.lease(holder, options.leaseWaitMs, options.signal);
  }
}

/** One from a commit, the other from a directory: nothing has moved. */
const isReadElsewhere = (plan: Plan, fresh: Plan): boolean =>
  (plan.source.commit === undefined) !== (fresh.source.commit === undefined);

/** The present facts with all that would be planned now, if the plan still follows from them and no guard objects. */
async function approvedFacts(plan: Plan, world: World, options: ApplyOptions): Promise<PlannedFacts> {
  // Whether a person allowed a change is the guards' question, below.
  const allowed = plan.changes.map(({ name }) => name);
  const { plan: fresh, facts } = await makePlan(world, { ...options, allowed, requests: plan.requests });
  const points = stalePoints(plan, fresh);
  if (points.length > 0) {
    throw new KeywrightError("PLAN_STALE", `the plan is out of date: ${points.join("; ")}`, {
      hint: isReadElsewhere(plan, fresh)
        ? "call `plan` and `apply` with the same --ref, or both without one"
        : "make a new plan, look at it, and apply that one",
    });
  }
  const limits = limitsOf(world, options.allowed);
  // Of the changes themselves: what a saved plan says of its risks is only its word.
  const unapproved = approvalRefusal(risksOf(plan.changes, facts, limits), limits, options.approved);
  const violations = violationsOf(plan.changes, facts, limits).map(({ guard, ...rest }) => ({
    what: guard,
    ...rest,
  }));
  const contested = holdContested({ changes: plan.changes, blocked: [] }, facts, limits).blocked;
  const refusals = [
    ...violations,
    ...(unapproved ? [{ what: "approval", ...unapproved }] : []),
    ...contested.map(({ name, ...rest }) => ({ what: name, ...rest })),
  ];
  if (refusals.length > 0) {
    const message = refusals.map((refusal) => `${refusal.what}: ${refusal.message}`).join("; ");
    throw new KeywrightError("GUARD_REFUSED", message, { hint: refusals.map(({ hint }) => hint).join("; ") });
  }
  return { facts, plan: fresh };
}

interface Approved {
  readonly plan: Plan;
  /** What may be more than `plan`. */
  readonly whole: Plan;
  readonly facts: Facts;
}

async function carryOut(
  { plan, whole, facts }: Approved,
  world: World,
  id: string,
  lease: Lease,
  options: ApplyOptions,
): Promise<RunRecord> {
  const startedAt = world.clock.now();
  const signal = AbortSignal.any([lease.lost, ...(options.signal ? [options.signal] : [])]);
  await world.ledger.append(runStarted(plan, id, startedAt));
  options.onStart?.(plan.changes);
  const run = openRun(id, plan.instance, world, signal, options.deadline);
  const done = await runChanges(run, plan.changes, facts, options.onOutcome ?? (() => undefined));
  const record = runRecord(plan, id, startedAt, world.clock.now(), done, signal.aborted);
  const { blocked, source } = whole;
  const end = { facts, commit: source.commit, blocked, outcomes: done, at: record.finishedAt };
  try {
    await rememberWith(world, end, { type: "run-finished", run: id, at: record.finishedAt, record });
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
    return { ...record, result: "failed" };
  }
  return record;
}

function openRun(
  id: string,
  instance: string,
  world: World,
  signal: AbortSignal,
  deadline: AbortSignal | undefined,
): Run {
  const bounded = deadline ? { ...world, store: untilDeadline(world.store, deadline) } : world;
  const halt = createHalt();
  return {
    id,
    instance,
    world: bounded,
    signal: AbortSignal.any([signal, halt.signal]),
    halt,
    announced: new Set(),
    listing: sharedListing(bounded),
  };
}

const runStarted = (plan: Plan, run: string, startedAt: Date): RunStarted => ({
  type: "run-started",
  run,
  at: startedAt.toISOString(),
  instance: plan.instance,
  store: plan.store,
  planDigest: plan.digest,
  changes: plan.changes.length,
  ...(plan.requests.length > 0 && { requests: plan.requests }),
});
