/** Writes what the ledger is to remember of the instance: `core/baseline.ts`. */

import { type Baseline, BASELINE_RECORD, baselineOf } from "../core/baseline.ts";
import { knownForeign, nextBaseline, type RunEnd } from "../core/drift/next-baseline.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Facts } from "../core/facts.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { Plan } from "../core/plan.ts";
import { runId } from "./run-record.ts";
import type { World } from "./world.ts";

/** With the end of a run, in one write. Where somebody else wrote the record meanwhile, theirs stays. */
export async function rememberWith(
  { ledger }: Pick<World, "ledger">,
  end: RunEnd,
  event: LedgerEvent,
): Promise<void> {
  const next = nextBaseline(end);
  try {
    if (next) return await claim(ledger, end.facts, next, [event]);
  } catch (error) {
    if (!isKeywrightError(error, "LEDGER_CONFLICT")) throw error;
  }
  await ledger.append(event);
}

/**
 * For a run without changes: that there was nothing to do means that the manifests are applied. Where another run has the
 * lease, that one remembers. Nothing is written as long as nothing is new.
 */
export async function rememberAlone(
  world: World,
  facts: Facts,
  { source, blocked }: Pick<Plan, "source" | "blocked">,
  holder: string,
): Promise<void> {
  const at = world.clock.now().toISOString();
  const next = nextBaseline({ facts, commit: source.commit, blocked, outcomes: [], at });
  if (!next) return;
  try {
    await underLease(world, { holder, waitMs: 0 }, () => claim(world.ledger, facts, next));
  } catch (error) {
    if (!isKeywrightError(error, "LEASE_HELD") && !isKeywrightError(error, "LEDGER_CONFLICT")) throw error;
  }
}

export interface Acknowledgement {
  readonly reason: string;
  readonly holder: string;
  /** How long to wait for a run to end. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * From now on all foreign keys of `facts` are known. LEASE_HELD while a run is under way; LEDGER_CONFLICT when one has
 * written since, for then nobody has looked at what is acknowledged.
 */
export function acknowledgeForeign(
  world: World,
  facts: Facts,
  { reason, ...asking }: Acknowledgement,
): Promise<void> {
  const foreign = { ...knownForeign(facts.live, world.clock.now().toISOString()), reason };
  const next = { ...baselineOf(facts.records), foreign };
  return underLease(world, asking, () => claim(world.ledger, facts, next));
}

async function claim(
  ledger: World["ledger"],
  { records }: Facts,
  baseline: Baseline,
  events: readonly LedgerEvent[] = [],
): Promise<void> {
  const version = records.get(BASELINE_RECORD)?.version ?? 0;
  await ledger.claim(BASELINE_RECORD, version, { retiring: [], protected: false, baseline }, events);
}

async function underLease(
  { ledger, clock, random }: World,
  { holder, waitMs, signal }: Omit<Acknowledgement, "reason">,
  work: () => Promise<void>,
): Promise<void> {
  const run = runId(clock.now(), random);
  const lease = await ledger.lease({ run, description: holder }, waitMs, signal);
  try {
    await work();
  } finally {
    await lease.release();
  }
}
