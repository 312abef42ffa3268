/** What is said of a plan in Markdown, in one order wherever it is said. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Plan } from "../core/plan.ts";
import { changeSection } from "./change-section.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import { detailSection } from "./detail-section.ts";
import type { Section } from "./fit-sections.ts";
import { needSection } from "./need-section.ts";
import { planRows } from "./plan-row.ts";

/** `needs`: what its risks need before an apply. */
export function planSections(plan: Plan, needs: readonly ApprovalNeed[], now: Date): readonly Section[] {
  const rows = planRows(plan, now);
  return [
    violationSection(plan),
    needSection(needs),
    changeSection(rows, now),
    blockedSection(plan),
    noticeSection(plan),
    detailSection(rows, now),
  ];
}

const violationSection = ({ violations }: Pick<Plan, "violations">): Section => ({
  what: "refusals",
  before: "\n> [!CAUTION]\n> **Refused by a guard: this plan cannot be applied as it is.**\n>\n",
  items: violations.map(
    ({ guard, message, hint }) => `> - **${codeOf(guard)}** ${proseOf(message)} (hint: ${proseOf(hint)})\n`,
  ),
  after: "",
  share: 0.25,
});

export const blockedSection = ({ blocked }: Pick<Plan, "blocked">): Section => ({
  what: "left alone",
  before: "\n**Left alone**\n\n",
  items: blocked.map(({ kind, name, code, message, hint, at }) => {
    const where = at ? ` at ${codeOf(`${at.file}:${at.line}`)}` : "";
    return `- ${kind} ${codeOf(name)}${where}: ${codeOf(code)} ${proseOf(message)} (hint: ${proseOf(hint)})\n`;
  }),
  after: "",
  share: 0.25,
});

const noticeSection = ({ notices }: Pick<Plan, "notices">): Section => ({
  what: "notices",
  before: "\n**Notices**\n\n",
  items: notices.map(({ code, message }) => `- ${codeOf(code)} ${proseOf(message)}\n`),
  after: "",
  share: 0.125,
});
