/** Mode `plan`: what a merge would do, in the log, as a file, on the job's page, and on the pull request. Changes no key. */

import { join } from "node:path";
import { writeResult } from "../../cli/write-file.ts";
import { approvalNeeds } from "../../core/approval/approval-needs.ts";
import { EXIT } from "../../core/error.ts";
import { isEmpty } from "../../core/plan.ts";
import { makePlan, type PlannedFacts } from "../../reconcile/make-plan.ts";
import { readOnlyWorld } from "../../reconcile/read-only-world.ts";
import { planAnnotations } from "../../report/plan-annotations.ts";
import { renderJobSummary } from "../../report/render-job-summary.ts";
import { renderJson } from "../../report/render-json.ts";
import { renderPlan } from "../../report/render-plan.ts";
import type { ActionRun } from "../action-run.ts";
import { annotateLines } from "../annotate-lines.ts";
import { outputPlan } from "../outputs.ts";
import { planFile } from "../plan-file.ts";
import { publishPlan } from "../publish-plan.ts";
import { publishStale } from "../publish-stale.ts";
import { remarksMarkdown } from "../remarks-markdown.ts";
import { withWorld } from "../with-world.ts";

export async function plan(run: ActionRun): Promise<number> {
  const planned = await makeOne(run);
  await save(run, planned);
  show(run, planned);
  await publishPlan(run, planned);
  const { violations } = planned.plan;
  if (violations.length > 0) return EXIT.refused;
  return isEmpty(planned.plan) ? EXIT.done : EXIT.pending;
}

/** What a comment says of an older commit is no longer so when there is no plan for the new one. */
async function makeOne(run: ActionRun): Promise<PlannedFacts> {
  const { inputs, signal } = run;
  try {
    // A job of a pull request may have no way into a sink: then the plan says which slots it could not read.
    return await withWorld(
      run,
      ({ asRead }) => makePlan(readOnlyWorld(asRead), { allowed: inputs.allow, signal }),
      { isLooking: true },
    );
  } catch (error) {
    await publishStale(run, error);
    throw error;
  }
}

async function save(
  { context, inputs, project, runner }: ActionRun,
  { plan: made }: PlannedFacts,
): Promise<void> {
  const name = `keywright-plan-${project.config.instance}.json`;
  const file =
    inputs.planPath === undefined
      ? join(context.temp, name)
      : await planFile(context.workspace, inputs.planPath);
  await writeResult(file, renderJson(made));
  runner.setOutput("plan-path", file);
}

function show({ inputs, runner, project, remarks }: ActionRun, { plan: made, facts }: PlannedFacts): void {
  const { now } = facts;
  const needs = approvalNeeds(made.risks, project.config.approvals);
  runner.out(renderPlan(made, { format: inputs.format, colors: false, now }));
  annotateLines(runner, planAnnotations(made));
  const summary = renderJobSummary(project.config.instance, { mode: "plan", plan: made, needs, now });
  runner.addSummary(summary + remarksMarkdown(remarks));
  outputPlan(runner, made);
}
