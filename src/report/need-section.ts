/** What has to be agreed to before an apply carries the plan out, in Markdown. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import { ruleText } from "../core/approval/rule-text.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import type { Section } from "./fit-sections.ts";
import { riskText } from "./summarize-risks.ts";

const MOST_NAMES = 10;

/** Who of those that are needed has agreed already is for GitHub to say. */
export const needSection = (needs: readonly ApprovalNeed[]): Section => ({
  what: "needs",
  before: "\n> [!IMPORTANT]\n> **Needed before an apply carries this out:**\n>\n",
  items: needs.map(({ rule, risks }) => {
    const classes = [...new Set(risks.map(({ class: name }) => riskText(name)))].join(", ");
    return `> - ${proseOf(ruleText(rule))}, for **${classes}**: ${namesText(risks.map(({ name }) => name))}\n`;
  }),
  after: "",
  share: 0.25,
});

function namesText(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length > MOST_NAMES ? ` and ${different.length - MOST_NAMES} more` : "";
  return `${different.slice(0, MOST_NAMES).map(codeOf).join(", ")}${more}`;
}
