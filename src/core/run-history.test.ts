import { expect, test } from "vitest";
import type { LedgerEvent } from "./ledger-event.ts";
import type { RunRecord } from "./run.ts";
import { runHistory } from "./run-history.ts";

const started = (run: string, at: string): LedgerEvent => ({
  type: "run-started",
  run,
  at,
  instance: "acme",
  store: "memory:store",
  planDigest: "sha256:plan",
  changes: 1,
});

const intent = (run: string, at: string): LedgerEvent => ({
  type: "intent",
  run,
  at,
  effect: "create-key",
  kind: "ApiKey",
  name: "scanner",
});

const aRun = (id: string): RunRecord => ({
  apiVersion: "keywright/v1",
  kind: "Run",
  id,
  instance: "acme",
  store: "memory:store",
  planDigest: "sha256:plan",
  startedAt: "1",
  finishedAt: "4",
  result: "applied",
  counts: { applied: 1, failed: 0, "not-run": 0, unknown: 0 },
  changes: [],
  blocked: [],
});

async function* streamOf(events: readonly LedgerEvent[]): AsyncGenerator<LedgerEvent> {
  yield* events;
}

const historyOf = (...events: readonly LedgerEvent[]): Promise<readonly RunRecord[]> =>
  runHistory(streamOf(events));

test("a ledger without events tells of no run", async () => {
  expect(await historyOf()).toEqual([]);
});

test("runs come newest first, as their records have them", async () => {
  const history = await historyOf(
    started("r1", "1"),
    intent("r1", "2"),
    { type: "run-finished", run: "r1", at: "4", record: aRun("r1") },
    started("r2", "5"),
    { type: "run-finished", run: "r2", at: "6", record: aRun("r2") },
  );
  expect(history).toEqual([aRun("r2"), aRun("r1")]);
});

test("a run that died shows as interrupted, up to its last event", async () => {
  const history = await historyOf(started("r1", "1"), intent("r1", "3"));
  expect(history).toEqual([
    { ...aRun("r1"), finishedAt: "3", result: "interrupted", counts: { ...aRun("r1").counts, applied: 0 } },
  ]);
});

test("events of a run whose beginning is unknown are passed over", async () => {
  expect(await historyOf(intent("r0", "1"), started("r1", "2"))).toHaveLength(1);
});

test("a run that died still tells what a person asked for", async () => {
  const requests = [{ type: "rotate", name: "scanner", reason: "new server" }] as const;
  const [run] = await historyOf({ ...started("r1", "1"), requests } as LedgerEvent);
  expect(run).toMatchObject({ result: "interrupted", requests });
});
