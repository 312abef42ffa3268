/** What one step of a GitHub workflow says in the summary of its job. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { DriftReport } from "../core/drift/drift-report.ts";
import type { Issue } from "../core/issue.ts";
import type { Plan } from "../core/plan.ts";
import type { RunRecord } from "../core/run.ts";
import { codeOf } from "./clipped-markdown.ts";
import { renderDriftMarkdown } from "./render-drift-markdown.ts";
import { renderIssuesMarkdown } from "./render-issues-markdown.ts";
import { renderPlanMarkdown } from "./render-plan-markdown.ts";
import { type ApplyRefusal, renderRefusalMarkdown } from "./render-refusal-markdown.ts";
import { renderRunMarkdown } from "./render-run-markdown.ts";

/**
 * GitHub takes 1 MiB of UTF-8 from a step, and shows nothing at all of more; a UTF-16 code unit is at most three bytes. What
 * is read by people need not be half as long: a step may have two of these.
 */
const MAX_LENGTH = 170_000;

export type SummarySubject =
  | { readonly mode: "validate"; readonly issues: readonly Issue[] }
  | {
      readonly mode: "plan";
      readonly plan: Plan;
      readonly needs: readonly ApprovalNeed[];
      readonly now: Date;
    }
  | { readonly mode: "apply"; readonly outcome: RunRecord | ApplyRefusal }
  | { readonly mode: "drift"; readonly report: DriftReport };

/** A heading and a report, at most 524,288 bytes. */
export const renderJobSummary = (instance: string, subject: SummarySubject): string =>
  `### Keywright ${subject.mode} of ${codeOf(instance)}\n\n${reportOf(subject)}`;

function reportOf(subject: SummarySubject): string {
  const options = { maxLength: MAX_LENGTH };
  switch (subject.mode) {
    case "validate":
      return renderIssuesMarkdown(subject.issues, options);
    case "plan":
      return renderPlanMarkdown(subject.plan, { ...options, needs: subject.needs, now: subject.now });
    case "apply":
      return "kind" in subject.outcome
        ? renderRunMarkdown(subject.outcome, options)
        : renderRefusalMarkdown(subject.outcome, options);
    case "drift":
      return renderDriftMarkdown(subject.report, options);
  }
}
