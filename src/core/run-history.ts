/** The runs that a ledger's history tells of, those that died included. */

import type { LedgerEvent, RunStarted } from "./ledger-event.ts";
import type { RunRecord } from "./run.ts";

/** Newest first. A run that began and never ended shows as interrupted, without outcomes. */
export async function runHistory(events: AsyncIterable<LedgerEvent>): Promise<readonly RunRecord[]> {
  const runs = new Map<string, RunRecord>();
  for await (const event of events) {
    if (event.type === "run-started") runs.set(event.run, diedRun(event));
    else if (event.type === "run-finished") runs.set(event.run, event.record);
    else {
      const run = runs.get(event.run);
      if (run) runs.set(event.run, { ...run, finishedAt: event.at });
    }
  }
  return [...runs.values()].toReversed();
}

const diedRun = ({ run, instance, store, planDigest, requests, at }: RunStarted): RunRecord => ({
  apiVersion: "keywright/v1",
  kind: "Run",
  id: run,
  instance,
  store,
  planDigest,
  ...(requests && { requests }),
  startedAt: at,
  finishedAt: at,
  result: "interrupted",
  counts: { applied: 0, failed: 0, "not-run": 0, unknown: 0 },
  changes: [],
  blocked: [],
});
