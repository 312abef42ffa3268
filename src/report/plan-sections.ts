/** What is said of a plan in Markdown besides its changes. */

import type { Plan } from "../core/plan.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import type { Section } from "./fit-sections.ts";

export const violationSection = ({ violations }: Pick<Plan, "violations">): Section => ({
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

export const noticeSection = ({ notices }: Pick<Plan, "notices">): Section => ({
  what: "notices",
  before: "\n**Notices**\n\n",
  items: notices.map(({ code, message }) => `- ${codeOf(code)} ${proseOf(message)}\n`),
  after: "",
  share: 0.125,
});
