/** A plan as Markdown for a job's summary or a comment. Security check G10: nothing in a manifest can shape it. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Plan } from "../core/plan.ts";
import { askedList } from "./asked-list.ts";
import { codeOf, commitOf } from "./clipped-markdown.ts";
import { fitSections } from "./fit-sections.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { planLead } from "./plan-lead.ts";
import { planSections } from "./plan-sections.ts";

/** Below this not even the header is sure to fit. */
const MIN_LENGTH = 8_000;

interface MarkdownOptions {
  /** UTF-16 code units: 65,536 unless said otherwise, never less than 8,000. The cut falls between rows. */
  readonly maxLength?: number;
  /** What its risks need before an apply; none unless said otherwise. */
  readonly needs?: readonly ApprovalNeed[];
  readonly now: Date;
}

export function renderPlanMarkdown(
  plan: Plan,
  { maxLength = MAX_COMMENT_LENGTH, needs = [], now }: MarkdownOptions,
): string {
  return fitSections(
    head(plan),
    planSections(plan, needs, now),
    Math.max(maxLength, MIN_LENGTH),
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright plan\` shows all.\n`,
  );
}

function head(plan: Plan): string {
  const { location, ref, commit } = plan.source;
  const facts = [
    `Instance ${codeOf(plan.instance)}`,
    `store ${codeOf(plan.store)}`,
    `source ${codeOf(location)}${ref === undefined ? "" : ` at ${codeOf(ref)}`}`,
    ...(commit === undefined ? [] : [`commit ${commitOf(commit)}`]),
  ];
  return `${planLead(plan)}\n${facts.join(", ")}\n${askedList(plan.requests)}`;
}
