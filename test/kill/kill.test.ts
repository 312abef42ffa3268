/**
 * `KILLS`: how many processes are killed at least, of all stores together; `KILL_STORE`: of one store alone. `KILL_FROM`: the
 * first seed. `KILL_SEED`: one trial, again, of `KILL_STORE` or our own.
 */

import { expect, test } from "vitest";
import { createProject } from "../e2e/project.fixture.ts";
import { startServer } from "../e2e/server.fixture.ts";
import { runTrial, type TrialReport } from "./trial.fixture.ts";
import { openTrialStore, type TrialStore } from "./trial-store.fixture.ts";
import { CORTEX, CORTEX_CLOUD, openVendorStore } from "./vendor-store.fixture.ts";

const KILLS = Number(process.env["KILLS"] ?? 12);
const FROM = Number(process.env["KILL_FROM"] ?? 1);
const SEED = process.env["KILL_SEED"];
const STORE = process.env["KILL_STORE"];
/** Trials side by side. */
const LANES = KILLS > 100 ? 2 : 1;

interface KilledStore {
  readonly store: string;
  /** Of all kills, in percent: the gentler the limit of requests, the longer a trial takes. */
  readonly share: number;
  readonly open: (url: string, token: string) => TrialStore;
}

const STORES: readonly KilledStore[] = [
  { store: "keywright", share: 80, open: openTrialStore },
  { store: "cortex", share: 15, open: (url, token) => openVendorStore(CORTEX, url, token) },
  { store: "cortex-cloud", share: 5, open: (url, token) => openVendorStore(CORTEX_CLOUD, url, token) },
];

const isWanted = ({ store }: KilledStore): boolean =>
  SEED === undefined
    ? (STORE ?? store) === store
    : !SEED.startsWith("server-") && (STORE ?? "keywright") === store;

test.for(STORES.filter(isWanted))(
  "$store: a killed process loses no key, leaves none, and interrupts no consumer",
  { timeout: 60_000 + KILLS * 20_000 },
  async ({ open, share }) => {
    const kills = STORE === undefined ? Math.ceil((KILLS * share) / 100) : KILLS;
    const project = await createProject();
    const server = await startServer(project);
    const store = open(server.url, await server.token());
    const reports: TrialReport[] = [];
    const sum = (of: (report: TrialReport) => number): number =>
      reports.reduce((total, report) => total + of(report), 0);
    const seeds = { next: FROM, isFailed: false };
    const rethrow = (error: unknown): never => {
      seeds.isFailed = true;
      throw error;
    };
    const lane = async (): Promise<void> => {
      while (!seeds.isFailed && sum((each) => each.kills) < kills) {
        reports.push(await runTrial(String(seeds.next++), store).catch(rethrow));
      }
    };
    if (SEED === undefined) await Promise.all(Array.from({ length: LANES }, lane));
    else reports.push(await runTrial(SEED, store));
    await store.close();
    console.log(
      `${reports.length} trials: ${sum((each) => each.kills)} kills, ${sum(({ faults }) => faults)} faults, ` +
        `${sum(({ requests }) => requests)} requests, ${sum(({ visits }) => visits)} visits of consumers; ` +
        `healed in at most ${Math.max(...reports.map(({ runsToHeal }) => runsToHeal))} runs`,
    );
    expect(sum((each) => each.kills)).toBeGreaterThanOrEqual(SEED === undefined ? kills : 0);
  },
);
