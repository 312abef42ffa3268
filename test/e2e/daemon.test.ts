/** The daemon as people run it: a real process, its probes and figures, its end, and its death. */

import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHost } from "../../src/cli/a-host.fixture.ts";
import { readDaemonProject } from "../../src/cli/daemon-project.ts";
import { CLAIM_MS } from "../../src/core/schedule/claim-tick.ts";
import type { CheckOutcome } from "../../src/daemon/check-outcome.ts";
import { createDaemonState } from "../../src/daemon/daemon-state.ts";
import { runDaemon } from "../../src/daemon/run-daemon.ts";
import { createLogger } from "../../src/logger.ts";
import { validatorOf } from "../../src/schema.ts";
import {
  aKeyManifest,
  CONFIG,
  createProject,
  manyKeys,
  type Project,
  type Result,
} from "./project.fixture.ts";
import { liveKeys } from "./store.fixture.ts";

const SCHEDULED = `${CONFIG}drift: { schedule: "17 6 * * *", timezone: Europe/Berlin }\n`;

interface RunningDaemon {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Result>;
  /** Of its probes. */
  readonly url: Promise<string>;
}

/** Killed when the test is over. */
function startDaemon(project: Project, ...args: string[]): RunningDaemon {
  let child: ChildProcess | undefined;
  let hear: ((url: string) => void) | undefined;
  const url = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const ended = project.run(["--log-format", "json", "daemon", "--listen", "127.0.0.1:0", ...args], {
    isProcess: true,
    onStart: (started) => void (child = started),
    onErr: (text) => {
      const found = /"url":"([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) hear?.(found);
    },
  });
  onTestFinished(async () => {
    child?.kill("SIGKILL");
    await ended;
  });
  return { kill: (signal) => void child?.kill(signal), ended, url };
}

/** One check of a daemon in this process, whose clock is ahead of the world's. */
async function checkOnce(project: Project, given: object = {}, aheadMs = 0): Promise<CheckOutcome> {
  const ask = new AbortController();
  const host = aHost({ cwd: project.directory, env: { PATH: process.env["PATH"] }, signal: ask.signal });
  const logger = createLogger({ format: "json", level: "debug", colors: false }, (line) =>
    project.heard(line),
  );
  const read = () => readDaemonProject(host, { logFormat: "json", fix: true, ...given }, logger);
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  const outcomes: CheckOutcome[] = [];
  const ports = {
    read,
    clock,
    random: { bytes: (length: number) => randomBytes(length) },
    waitUntil: (_: Date, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    log: logger,
    onNoticeFailed: () => undefined,
  };
  const options = { isFixing: true, holder: "test", limitMs: 60_000, leaseWaitMs: 0 };
  const figures = {
    noteCheck: (outcome: CheckOutcome) => {
      outcomes.push(outcome);
      ask.abort();
    },
    noteSchedule: () => undefined,
    noteTicks: () => undefined,
    noteLeading: () => undefined,
  };
  const state = createDaemonState(clock.now());
  const settings = { ...options, signal: ask.signal, deadline: new AbortController().signal };
  await runDaemon({ ports, options: settings, state, figures }, await read());
  const [outcome] = outcomes;
  if (!outcome) throw new Error("there was no check");
  return outcome;
}

const textAt = async (url: string): Promise<string> => (await fetch(url)).text();

async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok);
}

test("a daemon checks, tells a monitor so, and ends with 0 when it is asked to", async () => {
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a"), "keywright.yaml": SCHEDULED });
  await project.run(["apply", "--yes"]);
  const none = await project.run(["status", "--max-age", "2h"]);
  expect(none).toMatchObject({ code: 2 });
  expect(none.out).toMatch(/^no check for drift within 2h: there was none yet$/m);
  await rm(join(project.directory, ".keywright/secrets/ci/a"));
  const daemon = startDaemon(project);
  const url = await daemon.url;
  await untilReady(url);
  const figures = await textAt(`${url}/metrics`);
  expect(figures).toContain('keywright_checks_total{result="clean"} 1\n');
  expect(figures).toContain('keywright_run_outcomes_total{outcome="applied"} 1\n');
  expect(figures).toContain('keywright_keys{state="overlapping"} 1\n');
  expect(figures).toMatch(/^keywright_key_expiry_timestamp_seconds\{name="a"\} \d+/m);
  expect(figures).toMatch(/^keywright_last_good_check_timestamp_seconds [1-9]\d+/m);
  expect(await textAt(`${url}/livez`)).toBe("ok\n");
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
  daemon.kill("SIGTERM");
  expect(await daemon.ended).toMatchObject({ code: 0, signal: null });
  const good = await project.run(["status", "--max-age", "2h", "-f", "json"]);
  expect(good).toMatchObject({ code: 0 });
  expect(validatorOf("Status")(JSON.parse(good.out))).toBe(true);
  expect(JSON.parse(good.out)).toMatchObject({
    kind: "Status",
    lastCheck: { result: "clean", findings: 0 },
  });
  expect(await project.leaks()).toEqual([]);
});

const historyOf = ({ directory }: Project): Promise<string> =>
  readFile(join(directory, ".keywright/ledger/ledger.jsonl"), "utf8");

test("kill -9 amid a fix: the next daemon waits for the claim to run out, goes on, and nothing is lost or left", async () => {
  const project = await createProject({ ...manyKeys(5), "keywright.yaml": SCHEDULED });
  await project.run(["apply", "--yes"]);
  await rm(join(project.directory, ".keywright/secrets/ci"), { recursive: true });
  const before = (await historyOf(project)).length;
  const daemon = startDaemon(project);
  while (!(await historyOf(project)).slice(before).includes('"intent"'));
  daemon.kill("SIGKILL");
  expect(await daemon.ended).toMatchObject({ signal: "SIGKILL" });
  const outcome = await checkOnce(project, {}, CLAIM_MS);
  expect(outcome).toMatchObject({ check: { result: "clean" }, run: { result: "applied" } });
  expect(await project.run(["drift"])).toMatchObject({ code: 0 });
  expect((await project.secrets()).size).toBe(5);
  expect(await project.pending()).toEqual([]);
  const keys = (await liveKeys(project)).filter(({ status }) => status === "active");
  expect(keys.length).toBeLessThanOrEqual(10);
  expect(await project.leaks()).toEqual([]);
});

test("with --repo a daemon finds on the protected branch the commit that nobody applied", async () => {
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a"), "keywright.yaml": SCHEDULED });
  await project.commit();
  await project.run(["apply", "--yes", "--ref", "main"]);
  await project.write({ "keys/b.yaml": aKeyManifest("b") });
  const commit = await project.commit();
  const { check, look } = await checkOnce(project, { repo: project.directory, ref: "main" });
  expect(check).toMatchObject({ result: "drift", findings: 1, commit });
  expect(look?.report.findings).toMatchObject([{ class: "unapplied-commit", response: "report" }]);
});

test("a check that could not even begin is remembered as one that failed", async () => {
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a"), "keywright.yaml": SCHEDULED });
  await project.run(["apply", "--yes"]);
  expect(await project.run(["drift"])).toMatchObject({ code: 0 });
  await project.write({ "keys/a.yaml": "nonsense" });
  expect(await project.run(["drift"])).toMatchObject({ code: 1 });
  await project.write({ "keys/a.yaml": aKeyManifest("a") });
  const told = JSON.parse((await project.run(["status", "-f", "json"])).out) as {
    lastCheck: { at: string };
    lastGoodCheckAt: string;
  };
  expect(told).toMatchObject({ lastCheck: { result: "failed" } });
  expect(told.lastCheck.at > told.lastGoodCheckAt).toBe(true);
});

test.each([
  [["--listen", "0.0.0.0:9464"], /others reach 0\.0\.0\.0/],
  [["--listen", "9464"], /is no address/],
  [["--schedule", "61 * * * *"], /is no schedule/],
  [["--timezone", "Europe/Berlinn"], /no time zone/],
  [["--check-timeout", "soon"], /--check-timeout soon is no duration/],
  [["--jitter", "soon"], /--jitter soon is no duration/],
  [[], /nobody says when checks come/],
])("a daemon that is asked for %j does not start", async (args, expected) => {
  const config = args.length > 0 ? SCHEDULED : CONFIG;
  const project = await createProject({ "keys/a.yaml": aKeyManifest("a"), "keywright.yaml": config });
  const { code, err } = await project.run(["daemon", ...args]);
  expect({ code, isExpected: expected.test(err) ? true : err }).toEqual({ code: 1, isExpected: true });
});
