/** `keywright apply`: carries out a saved plan, or a new one once it has been shown and approved. */

import { hostname, userInfo } from "node:os";
import type { Change } from "../../core/change.ts";
import { isFault } from "../../core/blocked.ts";
import { parseDuration } from "../../core/duration.ts";
import { EXIT, KeywrightError } from "../../core/error.ts";
import { isEmpty, type Plan } from "../../core/plan.ts";
import type { RunRecord } from "../../core/run.ts";
import type { Logger } from "../../logger.ts";
import { applyPlan } from "../../reconcile/apply-plan.ts";
import { makePlan } from "../../reconcile/make-plan.ts";
import type { World } from "../../reconcile/world.ts";
import { renderJson } from "../../report/render-json.ts";
import { renderPlan } from "../../report/render-plan.ts";
import { renderRun } from "../../report/render-run.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
import type { GlobalOptions } from "../program.ts";
import { openProgress } from "../progress.ts";
import { readPlan } from "../read-plan.ts";

export interface ApplyCommandOptions extends GlobalOptions {
  readonly format: "text" | "json" | "markdown";
  readonly yes?: boolean;
  readonly wait: string;
  readonly allow?: readonly string[];
}

export function apply(host: Host, file: string | undefined, options: ApplyCommandOptions): Promise<number> {
  const leaseWaitMs = waitOf(options.wait);
  return withWorld(host, options, async ({ world, asRead }, logger) => {
    const plan =
      file === undefined ? await plannedNow(host, asRead, options) : await readPlan(host.cwd, file);
    if (file === undefined) {
      if (plan.changes.length === 0) return reportEmpty(host, plan, options);
      if (!(await isApproved(host, plan, options))) return EXIT.failure;
    }
    const record = await run(host, world, plan, options, leaseWaitMs, logger);
    print(host, renderRun(record, { format: options.format, colors: host.hasColors }), options.format);
    return EXIT_OF_RESULT[record.result](record);
  });
}

const EXIT_OF_RESULT: Readonly<Record<RunRecord["result"], (record: RunRecord) => number>> = {
  applied: () => EXIT.done,
  "no-change": () => EXIT.done,
  "partly-applied": () => EXIT.partial,
  interrupted: ({ counts }) => (counts.applied > 0 ? EXIT.partial : EXIT.failure),
  failed: () => EXIT.failure,
};

function waitOf(text: string): number {
  const ms = text === "0" || text === "0m" ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new KeywrightError("USAGE", `--wait ${text} is no duration`, { hint: "for example --wait 5m" });
}

/** Shows the plan; a guard's refusal ends the command after it. */
async function plannedNow(host: Host, world: World, options: ApplyCommandOptions): Promise<Plan> {
  const { plan, facts } = await makePlan(world, { allowed: options.allow ?? [], signal: host.signal });
  if (options.format === "text" && !isEmpty(plan)) {
    print(
      host,
      renderPlan(plan, { format: "text", colors: host.hasColors, width: host.width, now: facts.now }),
    );
  }
  if (plan.violations.length === 0) return plan;
  throw new KeywrightError(
    "GUARD_REFUSED",
    plan.violations.map(({ guard, message }) => `${guard}: ${message}`).join("; "),
    { hint: plan.violations.map(({ hint }) => hint).join("; ") },
  );
}

/** Nothing can be done; whether that is well depends on what had to be left alone. */
function reportEmpty(host: Host, plan: Plan, { format }: ApplyCommandOptions): number {
  const result = plan.blocked.some(isFault) ? "failed" : "no-change";
  if (format === "json") host.out(renderJson({ result, blocked: plan.blocked }));
  else if (isEmpty(plan)) host.out("No changes: the store is as declared.\n");
  return result === "failed" ? EXIT.failure : EXIT.done;
}

async function isApproved(host: Host, plan: Plan, { yes, format }: ApplyCommandOptions): Promise<boolean> {
  if (yes) return true;
  if (!host.isInteractive) {
    throw new KeywrightError("USAGE", "nobody can be asked here, so nothing was applied", {
      hint: "review the plan, then run with --yes, or save it with `plan --out` and apply that file",
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

async function run(
  host: Host,
  world: World,
  plan: Plan,
  options: ApplyCommandOptions,
  leaseWaitMs: number,
  logger: Logger,
): Promise<RunRecord> {
  const progress = openProgress(host, logger, options.logFormat);
  try {
    return await applyPlan(plan, world, {
      allowed: options.allow ?? [],
      signal: host.signal,
      leaseWaitMs,
      holder: `${userName()}@${hostname()} pid ${process.pid}`,
      onWait: (why) => logger.info(`waiting: ${why}`),
      onStart: (changes: readonly Change[]) => progress.start(changes.length),
      onOutcome: (outcome) => progress.step(outcome),
    });
  } finally {
    progress.stop();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown user";
  }
}
