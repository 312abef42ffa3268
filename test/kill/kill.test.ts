/** `KILLS`: how many processes are killed at least. `KILL_FROM`: the first seed. `KILL_SEED`: one trial, again. */

import { expect, test } from "vitest";
import { createProject } from "../e2e/project.fixture.ts";
import { startServer } from "../e2e/server.fixture.ts";
import { runTrial, type TrialReport } from "./trial.fixture.ts";
import { openTrialStore } from "./trial-store.fixture.ts";

const KILLS = Number(process.env["KILLS"] ?? 200);
const FROM = Number(process.env["KILL_FROM"] ?? 1);
const SEED = process.env["KILL_SEED"];
/** Trials side by side. */
const LANES = 2;

test.skipIf(SEED?.startsWith("server-"))(
  "a killed process loses no key, leaves none, and interrupts no consumer",
  { timeout: 60_000 + KILLS * 6_000 },
  async () => {
    const project = await createProject();
    const server = await startServer(project);
    const store = openTrialStore(server.url, await server.token());
    const reports: TrialReport[] = [];
    const sum = (of: (report: TrialReport) => number): number =>
      reports.reduce((total, report) => total + of(report), 0);
    const seeds = { next: FROM, isFailed: false };
    const rethrow = (error: unknown): never => {
      seeds.isFailed = true;
      throw error;
    };
    const lane = async (): Promise<void> => {
      while (!seeds.isFailed && sum(({ kills }) => kills) < KILLS) {
        reports.push(await runTrial(String(seeds.next++), store).catch(rethrow));
      }
    };
    if (SEED === undefined) await Promise.all(Array.from({ length: LANES }, lane));
    else reports.push(await runTrial(SEED, store));
    await store.close();
    console.log(
      `${reports.length} trials: ${sum(({ kills }) => kills)} kills, ${sum(({ faults }) => faults)} faults, ` +
        `${sum(({ requests }) => requests)} requests, ${sum(({ visits }) => visits)} visits of consumers; ` +
        `healed in at most ${Math.max(...reports.map(({ runsToHeal }) => runsToHeal))} runs`,
    );
    expect(sum(({ kills }) => kills)).toBeGreaterThanOrEqual(SEED === undefined ? KILLS : 0);
  },
);
