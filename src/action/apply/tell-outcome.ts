/** What an apply came to, in the log, in the outputs, on the job's page and on GitHub. */

import { isFault } from "../../core/blocked.ts";
import { ERROR_CODES, EXIT, type KeywrightError } from "../../core/error.ts";
import { exitOfRun } from "../../core/exit-of-run.ts";
import type { Plan } from "../../core/plan.ts";
import type { RunRecord } from "../../core/run.ts";
import { renderJobSummary } from "../../report/render-job-summary.ts";
import { renderRun } from "../../report/render-run.ts";
import { summarizePlan } from "../../report/summarize-plan.ts";
import { summarizeRun } from "../../report/summarize-run.ts";
import type { ApplyOutcome, ApplyStory } from "./apply-outcome.ts";
import type { ApplySite } from "./apply-site.ts";
import { type ApplyNews, publishApply } from "./publish-apply.ts";
import type { ReadPull } from "./read-review.ts";

/** Gives the exit code: that of what became of the keys, unless the input `comment` demands more of GitHub. */
export async function tellOutcome(
  site: ApplySite,
  outcome: ApplyOutcome,
  story: ApplyStory,
): Promise<number> {
  switch (outcome.type) {
    case "superseded":
      return tellSuperseded(site, outcome.tip);
    case "idle":
      return tellIdlePlan(site, outcome.plan);
    case "run":
      return tellRunRecord(site, outcome.record, story);
  }
}

/** Says nothing of the commit: the run of the newer one does, of both. */
function tellSuperseded({ context, protectedBranch, runner }: ApplySite, tip: string): number {
  const text = `Nothing was done: ${protectedBranch} is at ${tip.slice(0, 12)} by now, and the run of that commit applies this one (${context.sha.slice(0, 12)}) too.`;
  runner.annotate("notice", {}, text);
  runner.addSummary(text);
  return EXIT.done;
}

async function tellIdlePlan(site: ApplySite, plan: Plan): Promise<number> {
  const isDone = !plan.blocked.some(isFault);
  const description = summarizePlan(plan);
  site.runner.addSummary(`${description}\n`);
  return publish(site, isDone ? EXIT.done : EXIT.failure, {
    state: isDone ? "success" : "failure",
    description,
    pulls: [],
  });
}

async function tellRunRecord(site: ApplySite, record: RunRecord, { pulls }: ApplyStory): Promise<number> {
  const { inputs, project, runner } = site;
  runner.out(renderRun(record, { format: inputs.format, colors: false }));
  runner.addSummary(renderJobSummary(project.config.instance, { mode: "apply", outcome: record }));
  runner.setOutput("run-id", record.id);
  for (const [name, count] of Object.entries(record.counts)) {
    runner.setOutput(name as keyof RunRecord["counts"], String(count));
  }
  const code = exitOfRun(record);
  const state = code === EXIT.done ? "success" : "failure";
  return publish(site, code, {
    state,
    description: summarizeRun(record),
    outcome: record,
    pulls: pulls.filter(hasChanges),
  });
}

/** What ended the run before the first change. Whoever calls tells of the error itself. */
export async function tellRefusal(site: ApplySite, error: KeywrightError, story: ApplyStory): Promise<void> {
  const { code, message, hint } = error;
  const isRefused = ERROR_CODES[code] === EXIT.refused;
  const { uncovered, pulls } = story;
  const outcome = { code, message, ...(hint !== undefined && { hint }), uncovered };
  const { instance } = site.project.config;
  site.runner.addFailure(error, renderJobSummary(instance, { mode: "apply", outcome }));
  const description = `Nothing was done. ${code}: ${message}`;
  const involved = pulls.filter((each) => !each.review || hasChanges(each));
  await publishApply(site, { state: isRefused ? "failure" : "error", description, outcome, pulls: involved });
}

/** Many pull requests change no key, and theirs is no place for what became of keys. */
const hasChanges = ({ review }: ReadPull): boolean =>
  review !== undefined && (review.lines === undefined || review.lines.length > 0);

async function publish(site: ApplySite, code: number, news: ApplyNews): Promise<number> {
  const isTold = await publishApply(site, news);
  return isTold || code !== EXIT.done || site.inputs.comment !== "required" ? code : EXIT.failure;
}
