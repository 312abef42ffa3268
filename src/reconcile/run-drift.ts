/**
 * A whole check, as the command line, the daemon and the Action make it: look, tell people, and, if told to, mend, look again
 * and tell again. That it was made is written into the ledger, whatever came of it.
 */

import { hasFindings, type DriftReport } from "../core/drift/drift-report.ts";
import type { DriftPolicy } from "../core/drift/finding.ts";
import { EXIT, isKeywrightError } from "../core/error.ts";
import { exitOfRun } from "../core/exit-of-run.ts";
import type { Facts } from "../core/facts.ts";
import type { Plan } from "../core/plan.ts";
import type { RunRecord } from "../core/run.ts";
import type { LastCheck } from "../core/schedule/check-schedule.ts";
import type { TellingCommand } from "../core/telling/run-matters.ts";
import { applyPlan, type ApplyOptions } from "./apply-plan.ts";
import { checkDrift, type DriftCheck } from "./check-drift.ts";
import { refuseViolations } from "./refuse-violations.ts";
import { rememberAlone } from "./remember-baseline.ts";
import { type Checker, rememberCheck } from "./remember-check.ts";
import { tellCheck } from "./tell-run.ts";
import type { World } from "./world.ts";

/** Those of `applyPlan` are for the fix. */
export interface RunDriftOptions extends ApplyOptions, Checker {
  readonly policy: DriftPolicy;
  /** Whether what is to be fixed, and due, is carried out. */
  readonly isFixing: boolean;
  /** The world to look through, where another than the one to mend: with manifests that are read already, say. */
  readonly asRead?: World;
  /** Hears of the first look, before people are told and anything is mended. */
  readonly onChecked?: (check: DriftCheck) => void;
  /** Hears of the fix that is about to be refused by guards, approved, or carried out; it has changes. */
  readonly onFix?: (plan: Plan, facts: Facts) => void;
  /** False ends it before anything is mended. Default: the configuration has said what may be. */
  readonly approve?: (plan: Plan, facts: Facts) => Promise<boolean>;
  /** Hears of the run, before the second look. */
  readonly onRun?: (run: RunRecord) => void;
  /** Hears what was written down of the check. */
  readonly onRecorded?: (check: LastCheck) => void;
  /** Hears that the check could not be written down; it is none the worse for it. */
  readonly onUnrecorded?: (message: string) => void;
}

export interface DriftRun {
  /** The first look. */
  readonly check: DriftCheck;
  /** What the fix did; absent: there was none. */
  readonly run?: RunRecord;
  /** The look after it. */
  readonly after?: DriftCheck;
  /** Of the last look, with the run. */
  readonly report: DriftReport;
  /** Somebody was asked, and it was a no. */
  readonly isDeclined?: true;
  readonly exitCode: number;
}

/**
 * Throws what `checkDrift` and `applyPlan` throw, and GUARD_REFUSED for a fix that the guards are against. A look that misses
 * something is no proof that all is well: then the exit code is a failure.
 */
export async function runDrift(world: World, options: RunDriftOptions): Promise<DriftRun> {
  let last: DriftCheck | undefined;
  const look = async (): Promise<DriftCheck> => {
    last = undefined;
    last = await checkDrift(options.asRead ?? world, options);
    return last;
  };
  try {
    const run = await checkAndFix(world, options, look);
    await remember(world, options, run.report);
    return run;
  } catch (error) {
    if (last || !isKeywrightError(error, "INTERRUPTED")) await remember(world, options, last?.report);
    throw error;
  }
}

type Look = () => Promise<DriftCheck>;

async function checkAndFix(world: World, options: RunDriftOptions, look: Look): Promise<DriftRun> {
  const check = await look();
  const { fix: plan, facts, report } = check;
  options.onChecked?.(check);
  const hasWork = options.isFixing && plan.changes.length > 0;
  // Before it is mended: that somebody changed something is to be known all the same.
  await notify(world, options, check, options.isFixing && !hasWork);
  if (!hasWork) {
    if (options.isFixing) await rememberAlone(world, facts, check.plan, options.holder);
    return { check, report, exitCode: exitOfReport(report) };
  }
  options.onFix?.(plan, facts);
  refuseViolations(plan);
  if (options.approve && !(await options.approve(plan, facts))) {
    return { check, report, isDeclined: true, exitCode: EXIT.failure };
  }
  const run = await applyPlan(plan, world, options);
  options.onRun?.(run);
  const after = await look();
  await notify(world, options, after, true);
  const code = exitOfRun(run);
  return {
    check,
    run,
    after,
    report: { ...after.report, run },
    exitCode: code === EXIT.done ? exitOfReport(after.report) : code,
  };
}

/** `isFixed`: nothing is left to do for a fix. */
async function notify(
  world: World,
  { signal, onNoticeFailed }: RunDriftOptions,
  check: DriftCheck,
  isFixed: boolean,
): Promise<void> {
  const through: readonly TellingCommand[] = isFixed ? ["drift", "drift --fix"] : ["drift"];
  for (const failure of await tellCheck(world, check, through, signal)) onNoticeFailed?.(failure);
}

async function remember(
  world: World,
  options: RunDriftOptions,
  report: DriftReport | undefined,
): Promise<void> {
  try {
    const check = await rememberCheck(world, options, report);
    options.onRecorded?.(check);
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    options.onUnrecorded?.(error.message);
  }
}

function exitOfReport(report: DriftReport): number {
  if (hasFindings(report)) return EXIT.pending;
  return report.unread.length === 0 ? EXIT.done : EXIT.failure;
}
