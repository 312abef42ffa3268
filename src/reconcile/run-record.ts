/** Sums a run up. */

import { createOperation } from "../core/operation.ts";
import { isFault } from "../core/blocked.ts";
import type { Plan } from "../core/plan.ts";
import type { Random } from "../core/ports.ts";
import type { ChangeOutcome, Outcome, RunRecord } from "../core/run.ts";

/** `20261121T081500Z-7f3a9c`: sorts by start. */
export const runId = (now: Date, random: Random): string =>
  `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${createOperation(random).slice(0, 6)}`;

export function runRecord(
  plan: Plan,
  id: string,
  startedAt: Date,
  finishedAt: Date,
  changes: readonly ChangeOutcome[],
  isInterrupted: boolean,
): RunRecord {
  const of = (outcome: Outcome): number => changes.filter((change) => change.outcome === outcome).length;
  const counts = {
    applied: of("applied"),
    failed: of("failed"),
    "not-run": of("not-run"),
    unknown: of("unknown"),
  };
  return {
    apiVersion: "keywright/v1",
    kind: "Run",
    id,
    instance: plan.instance,
    store: plan.store,
    planDigest: plan.digest,
    ...(plan.source.commit !== undefined && { commit: plan.source.commit }),
    ...(plan.requests.length > 0 && { requests: plan.requests }),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    result: resultOf(counts, plan.blocked.filter(isFault).length, isInterrupted),
    counts,
    changes,
    blocked: plan.blocked,
  };
}

function resultOf(counts: RunRecord["counts"], blocked: number, isInterrupted: boolean): RunRecord["result"] {
  const open = counts.failed + counts["not-run"] + counts.unknown + blocked;
  if (open === 0) return counts.applied === 0 ? "no-change" : "applied";
  if (isInterrupted && counts["not-run"] > 0) return "interrupted";
  return counts.applied > 0 ? "partly-applied" : "failed";
}
