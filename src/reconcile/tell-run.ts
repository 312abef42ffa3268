/**
 * What people hear of once a run has ended: what it could not do, leaks that it mended, and keys that are about to expire.
 * After the run and after its lease: nobody is told of a key that the run has just replaced, and no mail server is waited
 * for while others wait for the lease.
 */

import type { Facts } from "../core/facts.ts";
import type { LiveKey } from "../core/live.ts";
import { ownedState } from "../core/ownership.ts";
import type { Plan } from "../core/plan.ts";
import type { RunRecord } from "../core/run.ts";
import { observeDrift } from "../core/telling/drift-matters.ts";
import { type ExpiringFacts, observeExpiring } from "../core/telling/expiring-matters.ts";
import { hasLeaks, observeLeaks } from "../core/telling/leak-matters.ts";
import { observeAll, type Observed } from "../core/telling/matter.ts";
import { observeRun, type TellingCommand } from "../core/telling/run-matters.ts";
import type { DriftCheck } from "./check-drift.ts";
import { isOwed, type NoticeFailure, tell } from "./tell.ts";
import type { World } from "./world.ts";

export interface ToldRun {
  /** From before the run. */
  readonly facts: Facts;
  /** What was carried out. */
  readonly plan: Plan;
  /** All that was to be done by then. */
  readonly whole: Plan;
  readonly record: RunRecord;
}

/** Never throws; see `tell`. */
export async function tellRun(
  world: World,
  run: ToldRun,
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> {
  const { facts, plan, whole, record } = run;
  const isWhole = plan.requests.length === 0 && whole.changes.length === plan.changes.length;
  const outcome = observeRun({ changes: record.changes, blocked: record.blocked, isWhole });
  return tellWith(world, facts, signal, async () => [outcome, await leaksOf(world, run)]);
}

/** For a run without changes: keys expire all the same. */
export const tellIdle = (
  world: World,
  facts: Facts,
  { blocked, requests, violations }: Pick<Plan, "blocked" | "requests" | "violations">,
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> => {
  const isWhole = requests.length === 0 && violations.length === 0;
  return tellWith(world, facts, signal, async () => [observeRun({ changes: [], blocked, isWhole })]);
};

/** For a look. `through`: see `observeDrift`. */
export const tellCheck = (
  world: World,
  { report, facts }: Pick<DriftCheck, "report" | "facts">,
  through: readonly TellingCommand[],
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> =>
  tellWith(world, facts, signal, async () => [observeDrift(report, through)]);

/** What was seen besides, and keys that are about to expire. */
async function tellWith(
  world: World,
  facts: Facts,
  signal: AbortSignal | undefined,
  look: () => Promise<readonly Observed[]>,
): Promise<readonly NoticeFailure[]> {
  if (!world.channels?.length || signal?.aborted) return [];
  const subject = { instance: facts.desired.instance, store: world.store.identity };
  const failures: NoticeFailure[] = [];
  const observed = await attempt(failures, async () => observeAll(...(await look())), NOTHING);
  // A key that the run has made is too young to be told of: it takes another look only where something is owed.
  const before = observeExpiring(facts);
  const expiring = isOwed(world, subject, before, facts.records)
    ? await attempt(failures, async () => observeExpiring(await presentFacts(world, facts, signal)), NOTHING)
    : before;
  return [...failures, ...(await tell(world, subject, observeAll(observed, expiring), signal))];
}

const NOTHING: Observed = { matters: [], isGone: () => false };

/** One that cannot be looked at does not keep the others from being told. */
async function attempt<T>(failures: NoticeFailure[], work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    failures.push({ message: error instanceof Error ? error.message : "something was thrown" });
    return otherwise;
  }
}

async function leaksOf({ ledger }: World, { facts, record }: ToldRun): Promise<Observed> {
  if (!hasLeaks(facts.records, record)) return NOTHING;
  return observeLeaks(facts.records, await ledger.records(), record);
}

async function presentFacts(
  { store, ledger, clock }: World,
  { desired }: Facts,
  signal: AbortSignal | undefined,
): Promise<ExpiringFacts> {
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey", signal)) keys.push(key);
  const records = new Map(await ledger.records());
  const live = ownedState({ keys, roles: [], policy: undefined, complete: true }, desired.instance);
  return { desired, live, records, now: clock.now() };
}
