/** Mode `drift`: what is not as it was applied, told to people, and mended as far as the configuration and `fix` say. */

import { holder } from "../../cli/holder.ts";
import { rememberFailedCheck } from "../../cli/remember-failed-check.ts";
import { tellFailure, tellUnsent } from "../../cli/tell-notices.ts";
import { KeywrightError } from "../../core/error.ts";
import type { TellingCommand } from "../../core/telling/run-matters.ts";
import { branchTip } from "../../github/branch-tip.ts";
import { type DriftRun, runDrift, type RunDriftOptions } from "../../reconcile/run-drift.ts";
import { printable } from "../../report/printable.ts";
import { renderDrift } from "../../report/render-drift.ts";
import { renderJobSummary } from "../../report/render-job-summary.ts";
import { renderPlan } from "../../report/render-plan.ts";
import { renderRun } from "../../report/render-run.ts";
import { renderRunMarkdown } from "../../report/render-run-markdown.ts";
import type { ActionRun } from "../action-run.ts";
import { annotateFindings } from "../annotate-findings.ts";
import { remarksMarkdown } from "../remarks-markdown.ts";
import { withIssue } from "../with-issue.ts";
import { withWorld } from "../with-world.ts";

/** Of UTF-16 code units, beside a report that may be as long: a step's summary is at most 1 MiB of UTF-8. */
const MENDED_LENGTH = 150_000;

export async function drift(given: ActionRun): Promise<number> {
  const run = await withFix(given.inputs.issue ? withIssue(given) : given);
  const done = await check(run);
  show(run, done);
  return done.exitCode;
}

/** The same run, which mends nothing when a newer commit is there: what that brought would be taken back. */
async function withFix(run: ActionRun): Promise<ActionRun> {
  const { context, inputs, protectedBranch, repository, runner, signal } = run;
  if (!inputs.fix) return run;
  if (!repository) {
    throw new KeywrightError("CREDENTIAL_MISSING", "the input fix needs the input token", {
      hint: "leave the input token out, which is the one of the job then: it is asked whether this is the newest commit",
    });
  }
  const tip = await branchTip(repository, protectedBranch, signal);
  if (tip === context.sha) return run;
  const remark = `Nothing was mended: ${protectedBranch} is at ${tip.slice(0, 12)}, and this is the run of ${context.sha.slice(0, 12)}.`;
  runner.annotate("notice", {}, remark);
  return { ...run, inputs: { ...inputs, fix: false }, remarks: [...run.remarks, remark] };
}

async function check(run: ActionRun): Promise<DriftRun> {
  const { inputs, logger, project, runner, signal, deadline } = run;
  let isOpen = false;
  try {
    return await withWorld(run, ({ world, asRead, driftPolicy }) => {
      isOpen = true;
      return runDrift(world, {
        asRead,
        policy: driftPolicy,
        isFixing: inputs.fix,
        allowed: inputs.allow,
        signal,
        deadline,
        leaseWaitMs: inputs.waitMs,
        holder: holder(),
        ...(inputs.format === "text" && toldAsItComes(runner)),
        onWait: (why) => logger.info(`waiting: ${printable(why)}`),
        onNoticeFailed: tellUnsent(logger),
        onUnrecorded: (message) =>
          logger.warn(printable(`that this check was made could not be written down: ${message}`)),
      });
    });
  } catch (error) {
    if (!isOpen) await rememberFailedCheck(project, error);
    await tellFailure(project, commandOf(run), error, signal);
    throw error;
  }
}

const commandOf = ({ inputs }: ActionRun): TellingCommand => (inputs.fix ? "drift --fix" : "drift");

/** As text, each step of a fix is told, too; otherwise the end alone. */
const toldAsItComes = (runner: ActionRun["runner"]): Partial<RunDriftOptions> => ({
  onFix: (plan, { now }) => runner.out(`${renderPlan(plan, { format: "text", colors: false, now })}\n`),
  onRun: (run) => runner.out(`${renderRun(run, { format: "text", colors: false })}\n`),
});

function show({ project, inputs, runner, remarks }: ActionRun, { report, run }: DriftRun): void {
  runner.out(renderDrift(report, { format: inputs.format, colors: false }));
  annotateFindings(runner, report);
  const mended = run
    ? `\n\n#### What the fix did\n\n${renderRunMarkdown(run, { maxLength: MENDED_LENGTH })}`
    : "";
  runner.addSummary(
    renderJobSummary(project.config.instance, { mode: "drift", report }) + mended + remarksMarkdown(remarks),
  );
  const { counts } = report;
  runner.setOutput("findings", String(counts.fix + counts.report));
}
