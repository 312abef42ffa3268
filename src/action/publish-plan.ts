/** The plan on its pull request: one comment that is kept up to date, and a check of the commit that was planned. */

import { approvalNeeds } from "../core/approval/approval-needs.ts";
import type { Plan } from "../core/plan.ts";
import { encodeReview } from "../core/review/review-record.ts";
import { createCheckRun } from "../github/create-check-run.ts";
import { syncComment } from "../github/sync-comment.ts";
import type { PlannedFacts } from "../reconcile/make-plan.ts";
import { commentMarker } from "../report/comment-marker.ts";
import { planAnnotations } from "../report/plan-annotations.ts";
import { renderPlanMarkdown } from "../report/render-plan-markdown.ts";
import { renderPullRequestComment } from "../report/render-pull-request-comment.ts";
import { summarizePlan } from "../report/summarize-plan.ts";
import type { ActionRun } from "./action-run.ts";
import { attempt, type Audience, audienceOf, isCurrent } from "./ask-pull.ts";
import { planCheckName } from "./plan-check-name.ts";
import { runUrlOf } from "./run-context.ts";

/** Of a check run's summary, whose limit is 65,535. */
const SUMMARY_LENGTH = 60_000;

/** Sets the output `comment-url`. Throws where the input `comment` demands what GitHub did not do. */
export async function publishPlan(run: ActionRun, planned: PlannedFacts): Promise<void> {
  const audience = audienceOf(run);
  if (!audience) return;
  const failures: unknown[] = [];
  // One after the other, as GitHub asks of whoever writes; the one does not wait for the other's luck.
  for (const tell of [comment, check]) {
    await attempt(run, () => tell(run, audience, planned)).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function comment(run: ActionRun, audience: Audience, { plan, facts }: PlannedFacts): Promise<void> {
  const { context, inputs, project, protectedBranch, runner, signal } = run;
  if (!(await isCurrent(run, audience))) return;
  const { pull, repository } = audience;
  const marker = commentMarker("plan", project.config.instance);
  const body = renderPullRequestComment(plan, {
    now: facts.now,
    marker,
    headSha: pull.headSha,
    baseBranch: pull.baseRef,
    isProtectedBase: pull.baseRef === protectedBranch,
    needs: approvalNeeds(plan.risks, project.config.approvals),
    runUrl: runUrlOf(context),
    ...(inputs.artifact !== undefined && { artifact: inputs.artifact }),
    remarks: run.remarks,
  });
  const { url } = await syncComment(repository, { pull: pull.number, marker, body }, signal);
  runner.setOutput("comment-url", url);
}

/** Its record is what an apply after the merge compares its own plan with. */
async function check(
  { context, project, signal }: ActionRun,
  { pull, repository }: Audience,
  { plan, facts }: PlannedFacts,
): Promise<void> {
  const { externalId, text } = encodeReview(plan);
  await createCheckRun(
    repository,
    {
      name: planCheckName(project.config.instance),
      headSha: pull.headSha,
      externalId,
      conclusion: conclusionOf(plan),
      title: summarizePlan(plan),
      summary: renderPlanMarkdown(plan, {
        now: facts.now,
        needs: approvalNeeds(plan.risks, project.config.approvals),
        maxLength: SUMMARY_LENGTH,
      }),
      text,
      annotations: planAnnotations(plan),
      detailsUrl: runUrlOf(context),
    },
    signal,
  );
}

const conclusionOf = ({ violations }: Plan): "success" | "failure" =>
  violations.length > 0 ? "failure" : "success";
