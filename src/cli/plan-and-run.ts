/** Plans, shows, asks, carries out, tells: what every command that changes keys does. */

import type { Change } from "../core/change.ts";
import { isFault } from "../core/blocked.ts";
import { parseDuration } from "../core/duration.ts";
import { EXIT, KeywrightError } from "../core/error.ts";
import { exitOfRun } from "../core/exit-of-run.ts";
import type { Facts } from "../core/facts.ts";
import { isEmpty, type Plan } from "../core/plan.ts";
import type { KeyRequest } from "../core/request.ts";
import type { RunRecord } from "../core/run.ts";
import type { Logger } from "../logger.ts";
import { type ApplyOptions, applyPlan } from "../reconcile/apply-plan.ts";
import { gather, planFrom } from "../reconcile/make-plan.ts";
import { refuseUnapproved } from "../reconcile/refuse-unapproved.ts";
import { refuseViolations } from "../reconcile/refuse-violations.ts";
import { rememberAlone } from "../reconcile/remember-baseline.ts";
import { tellIdle } from "../reconcile/tell-run.ts";
import type { World } from "../reconcile/world.ts";
import { renderJson } from "../report/render-json.ts";
import { renderPlan } from "../report/render-plan.ts";
import { renderRun } from "../report/render-run.ts";
import { holder } from "./holder.ts";
import type { Host } from "./host.ts";
import { withWorld } from "./open-project.ts";
import { print } from "./print.ts";
import type { GlobalOptions } from "./program.ts";
import { openProgress } from "./progress.ts";
import { savePlan } from "./save-plan.ts";
import { tellNotCompliant, tellUnsent } from "./tell-notices.ts";

export interface RunOptions extends GlobalOptions {
  readonly format: "text" | "json" | "markdown";
  readonly yes?: boolean;
  readonly wait: string;
  readonly allow?: readonly string[];
  /** Save the plan there instead of carrying it out. */
  readonly out?: string;
  /** False: nobody is told of anything. */
  readonly notify?: boolean;
}

/** What a person asks for, found among the facts; undefined: there is nothing to do, and that was said. */
export type Ask = (
  facts: Facts,
  world: World,
) => readonly KeyRequest[] | undefined | Promise<readonly KeyRequest[] | undefined>;

/** Gives the exit code. `open`: how the world is opened. */
export function planAndRun(
  host: Host,
  options: RunOptions,
  ask: Ask = () => [],
  open: typeof withWorld = withWorld,
): Promise<number> {
  waitOf(options.wait);
  return open(host, options, async ({ world, asRead }, logger) => {
    const gathered = await gather(asRead, host.signal);
    const requests = await ask(gathered.facts, asRead);
    if (!requests) return EXIT.done;
    const { plan } = planFrom(asRead, gathered, { allowed: options.allow ?? [], requests });
    if (!showPlan(host, plan, gathered.facts.now, options)) tellNotCompliant(plan, logger);
    if (plan.violations.length > 0 || plan.changes.length === 0) {
      (await tellIdle(world, gathered.facts, plan, host.signal)).forEach(tellUnsent(logger));
    }
    refuseViolations(plan);
    if (plan.changes.length === 0) {
      if (requests.length === 0) await rememberAlone(world, gathered.facts, plan, holder());
      return reportEmpty(host, plan, options);
    }
    if (options.out !== undefined) return savePlan(host, plan, options.out, options);
    refuseUnapproved(world, plan, options.allow ?? []);
    if (!(await isApproved(host, plan, options))) return EXIT.failure;
    return runPlan(host, world, plan, options, logger);
  });
}

/** Carries `plan` out and tells of it; gives the exit code. */
export async function runPlan(
  host: Host,
  world: World,
  plan: Plan,
  options: RunOptions,
  logger: Logger,
): Promise<number> {
  const record = await carryOut(host, world, plan, options, logger);
  print(host, renderRun(record, { format: options.format, colors: host.hasColors }), options.format);
  return exitOfRun(record);
}

/** Throws USAGE. */
export function waitOf(text: string): number {
  const ms = text === "0" || text === "0m" ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new KeywrightError("USAGE", `--wait ${text} is no duration`, { hint: "for example --wait 5m" });
}

/** Whether there was something to show, and somebody to see it. */
export function showPlan(host: Host, plan: Plan, now: Date, { format }: RunOptions): boolean {
  if (format !== "text" || (isEmpty(plan) && plan.requests.length === 0)) return false;
  print(host, renderPlan(plan, { format: "text", colors: host.hasColors, width: host.width, now }));
  return true;
}

/** Nothing can be done; whether that is well depends on what had to be left alone, and on what was asked for. */
function reportEmpty(host: Host, plan: Plan, { format }: RunOptions): number {
  const { blocked, requests, notices } = plan;
  const isAsked = requests.length > 0;
  const result = isAsked || blocked.some(isFault) ? "failed" : "no-change";
  if (format === "json") host.out(renderJson({ result, blocked, ...(isAsked && { notices }) }));
  else if (isAsked) host.err("Nothing was done: the plan above says why.\n");
  else if (isEmpty(plan)) host.out("No changes: the store is as declared.\n");
  return result === "failed" ? EXIT.failure : EXIT.done;
}

function approvalHint({ requests }: Plan): string {
  const [request] = requests;
  if (request?.type === "leak") return "add --yes: a leak is not to wait";
  const command = request?.type ?? "plan";
  return `review the plan, then run with --yes, or save it with \`${command} --out\` and apply that file`;
}

/** Throws USAGE when nobody can be asked. */
export async function isApproved(
  host: Host,
  plan: Plan,
  { yes, format }: RunOptions,
  hint: string = approvalHint(plan),
): Promise<boolean> {
  if (yes) return true;
  if (!host.isInteractive) {
    throw new KeywrightError("USAGE", "nobody can be asked here, so nothing was applied", {
      hint,
    });
  }
  if (format !== "text") {
    throw new KeywrightError("USAGE", `--format ${format} shows no plan to be asked about`, {
      hint: "add --yes, or apply a plan that was saved with `plan --out`",
    });
  }
  const count = plan.changes.length;
  const isMeant = await host.confirm(`Apply ${count === 1 ? "this change" : `these ${count} changes`}?`);
  if (!isMeant) host.err("Nothing was applied.\n");
  return isMeant;
}

async function carryOut(
  host: Host,
  world: World,
  plan: Plan,
  options: RunOptions,
  logger: Logger,
): Promise<RunRecord> {
  const { stop, ...apply } = applyOptionsOf(host, options, logger);
  try {
    return await applyPlan(plan, world, apply);
  } finally {
    stop();
  }
}

/** How the command line applies: what it says meanwhile. `stop` ends the saying. */
export function applyOptionsOf(
  host: Host,
  options: RunOptions,
  logger: Logger,
): ApplyOptions & { readonly stop: () => void } {
  const progress = openProgress(host, logger, options.logFormat);
  return {
    allowed: options.allow ?? [],
    signal: host.signal,
    deadline: host.deadline,
    leaseWaitMs: waitOf(options.wait),
    holder: holder(),
    onWait: (why) => logger.info(`waiting: ${why}`),
    onStart: (changes: readonly Change[]) => progress.start(changes.length),
    onOutcome: (outcome) => progress.step(outcome),
    onNoticeFailed: tellUnsent(logger),
    stop: () => progress.stop(),
  };
}
