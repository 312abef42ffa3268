/** One check of a daemon that has claimed it, from opening the world to the record of it. Never throws. */

import type { Ledger } from "../core/ports.ts";
import type { RunRecord } from "../core/run.ts";
import type { LastCheck } from "../core/schedule/check-schedule.ts";
import { releaseClaim } from "../core/schedule/claim-tick.ts";
import { lastCheckOf } from "../core/schedule/last-check-of.ts";
import type { DriftCheck } from "../reconcile/check-drift.ts";
import { rememberCheck } from "../reconcile/remember-check.ts";
import { rewriteSchedule } from "../reconcile/rewrite-schedule.ts";
import { runDrift } from "../reconcile/run-drift.ts";
import { type CheckError, type CheckOutcome, errorOf } from "./check-outcome.ts";
import type { DaemonOptions, DaemonPorts, DaemonProject } from "./daemon-ports.ts";
import { keepClaim } from "./keep-claim.ts";
import { limited } from "./limited.ts";

export interface Turn {
  readonly ports: DaemonPorts;
  readonly options: DaemonOptions;
  readonly project: DaemonProject;
  /** Of this daemon. */
  readonly claimant: string;
}

export interface MadeCheck {
  /** Absent: the daemon was asked to end before anything was seen. */
  readonly outcome?: CheckOutcome;
  /** It did not end in time, and is still under way. */
  readonly rest?: Promise<unknown>;
}

/** `ledger` holds the claim, which is gone at the end. */
export async function makeCheck(turn: Turn, ledger: Ledger): Promise<MadeCheck> {
  const { ports, options } = turn;
  const startedAt = ports.clock.now();
  const seen: Seen = { unsent: 0 };
  const letGo = keepClaim(turn, ledger);
  const { error, rest } = await endOf(turn, seen);
  await letGo();
  rest?.catch(() => undefined);
  const left = rest ? { rest } : {};
  const { look, run, unsent } = seen;
  if (options.signal.aborted && !look && !seen.recorded) {
    await release(turn, ledger);
    return left;
  }
  const check = seen.recorded ?? (await record(turn, ledger, look));
  const durationMs = ports.clock.now().getTime() - startedAt.getTime();
  const known = { ...(look && { look }), ...(run && { run }), ...(error && { error }) };
  return { outcome: { check, durationMs, unsent, ...known }, ...left };
}

interface Seen {
  look?: DriftCheck;
  run?: RunRecord;
  recorded?: LastCheck;
  unsent: number;
}

interface End {
  readonly error?: CheckError;
  readonly rest?: Promise<unknown>;
}

async function endOf(turn: Turn, seen: Seen): Promise<End> {
  const { ports, options, project } = turn;
  try {
    const limits = { ...options, onLimit: () => ports.log.warn({ limitMs: options.limitMs }, OVERDUE) };
    const end = await limited(ports, limits, (signal, deadline) => check(turn, seen, signal, deadline));
    return "value" in end ? {} : { rest: end.rest, error: LEFT };
  } catch (error) {
    await project.tellFailure(error, options.signal);
    return { error: errorOf(error) };
  }
}

const OVERDUE = "the check takes too long: it is asked to end";
const LEFT: CheckError = { code: "INTERRUPTED", message: "it did not end in time, and is left to itself" };

async function check(
  { ports, options, project, claimant }: Turn,
  seen: Seen,
  signal: AbortSignal,
  deadline: AbortSignal,
): Promise<void> {
  const { isFixing, holder, leaseWaitMs } = options;
  const opened = await project.openWorld(signal);
  try {
    const { world, asRead, driftPolicy: policy } = opened;
    const common = { policy, isFixing, holder, leaseWaitMs, claimant, asRead, signal, deadline };
    const done = await runDrift(world, {
      ...common,
      onChecked: (look) => void (seen.look = look),
      onRun: (run) => void (seen.run = run),
      onRecorded: (recorded) => void (seen.recorded = recorded),
      onNoticeFailed: (failure) => {
        seen.unsent += 1;
        ports.onNoticeFailed(failure);
      },
    });
    seen.look = done.after ?? done.check;
  } finally {
    await opened.close();
  }
}

/** Where the check itself could not: the opening that held the lease lost it, or there was no world. */
async function record(turn: Turn, ledger: Ledger, look: DriftCheck | undefined): Promise<LastCheck> {
  const { ports, options, project, claimant } = turn;
  const { clock } = ports;
  const { holder } = options;
  const longestSilenceMs = (): number => project.times.longestSilence(clock.now()).ms;
  try {
    return await rememberCheck({ ledger, clock, longestSilenceMs }, { holder, claimant }, look?.report);
  } catch (error) {
    const { code, message } = errorOf(error);
    ports.log.error({ code }, `the check could not be written down: ${message}`);
    return lastCheckOf(look?.report, clock.now(), holder, longestSilenceMs());
  }
}

/** At once, so that another need not wait for the claim to run out. */
async function release({ ports, claimant }: Turn, ledger: Ledger): Promise<void> {
  try {
    await rewriteSchedule(ledger, (before) => ({ result: undefined, next: releaseClaim(before, claimant) }));
  } catch (error) {
    const { code, message } = errorOf(error);
    ports.log.warn({ code }, `the claim could not be released, and runs out by itself: ${message}`);
  }
}
