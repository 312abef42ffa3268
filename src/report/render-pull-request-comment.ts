/** The one comment of a pull request: what merging it would do. Security check G10: see `plan-sections.ts`. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import { isEmpty, type Plan } from "../core/plan.ts";
import { askedList } from "./asked-list.ts";
import { codeOf, commitOf, proseOf } from "./clipped-markdown.ts";
import { closeComment, closingLength } from "./comment-marker.ts";
import { fitSections } from "./fit-sections.ts";
import { markdownLink } from "./markdown-link.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { planLead } from "./plan-lead.ts";
import { planSections } from "./plan-sections.ts";
import { plural } from "./plural.ts";
import { summarizePlan } from "./summarize-plan.ts";

export interface CommentContext {
  /** When the plan would be carried out. */
  readonly now: Date;
  /** Of `commentMarker`. */
  readonly marker: string;
  /** The commit of the pull request that the plan is for. */
  readonly headSha: string;
  readonly baseBranch: string;
  /** Whether a merge into `baseBranch` is applied. */
  readonly isProtectedBase: boolean;
  readonly needs: readonly ApprovalNeed[];
  readonly runUrl?: string;
  /** The name of the workflow's artifact that holds the whole plan. */
  readonly artifact?: string;
  /** What people should know of the run besides, one sentence each, as it came. */
  readonly remarks?: readonly string[];
}

/**
 * At most 65,536 UTF-16 code units, ending in the marker. What does not fit is left out, details first, then changes. A
 * plan without changes takes one line.
 */
export function renderPullRequestComment(plan: Plan, about: CommentContext): string {
  const { marker, now, needs } = about;
  if (isEmpty(plan) && plan.violations.length === 0) return closeComment(emptyLine(plan, about), marker);
  const end = footer(plan, about);
  const text = fitSections(
    head(plan) + remarkLines(about),
    planSections(plan, needs, now),
    MAX_COMMENT_LENGTH - end.length - closingLength(marker),
    (missing) => `\n**Cut to fit.** Not shown: ${missing}. ${whereAllIs(about)}\n`,
  );
  return closeComment(text + end, marker);
}

const remarkLines = ({ remarks = [] }: CommentContext): string =>
  remarks.length === 0 ? "" : `\n${remarks.map((remark) => `> ${proseOf(remark)}\n`).join(">\n")}`;

function emptyLine(plan: Plan, { headSha, remarks = [] }: CommentContext): string {
  const { instance, notices } = plan;
  const aside = notices.length === 0 ? "" : ` ${plural(notices.length, "notice")} in the run.`;
  return `Keywright ${codeOf(instance)} at ${commitOf(headSha)}: **${summarizePlan(plan)}**${aside}${remarks.map((remark) => ` ${proseOf(remark)}`).join("")}\n`;
}

const head = (plan: Plan): string =>
  `### Keywright plan for ${codeOf(plan.instance)}\n\n${planLead(plan)}${askedList(plan.requests)}`;

function footer(plan: Plan, about: CommentContext): string {
  const facts = [
    `Plan ${codeOf(plan.digest)}`,
    `commit ${commitOf(about.headSha)}`,
    `store ${codeOf(plan.store)}`,
    ...(about.runUrl === undefined ? [] : [markdownLink("the run", about.runUrl)]),
    ...(about.artifact === undefined ? [] : [`artifact ${codeOf(about.artifact)}`]),
  ];
  return `\n---\n\n**On merge:** ${onMerge(plan, about)}\n\n${facts.join(" · ")}\n`;
}

function onMerge({ violations }: Plan, { baseBranch, isProtectedBase, needs }: CommentContext): string {
  const branch = codeOf(baseBranch);
  if (!isProtectedBase) return `nothing. Only the protected branch is applied, and ${branch} is not it.`;
  if (violations.length > 0) return `the apply on ${branch} refuses this plan, as long as a guard does.`;
  const condition = needs.length === 0 ? "" : ", once all that is needed is there";
  return `the apply on ${branch} plans again and carries this out${condition}. It stops if there is more to do than this plan says.`;
}

function whereAllIs({ artifact }: CommentContext): string {
  return artifact === undefined
    ? "`keywright plan` shows all."
    : `The artifact ${codeOf(artifact)} has all of the plan.`;
}
