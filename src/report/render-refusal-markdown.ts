/** An apply that did nothing, as Markdown (security check G10). */

import type { Change } from "../core/change.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";

/** Nothing was done. All text as it came. */
export interface ApplyRefusal {
  /** Of the error. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** What no reviewed plan covers, and why it does not. */
  readonly uncovered: readonly {
    readonly change: Pick<Change, "action" | "kind" | "name">;
    readonly why: string;
  }[];
}

/** `maxLength` in UTF-16 code units: 65,536 unless said otherwise; the cut falls between rows. */
export const renderRefusalMarkdown = (
  refusal: ApplyRefusal,
  { maxLength = MAX_COMMENT_LENGTH }: { readonly maxLength?: number } = {},
): string =>
  fitSections(
    refusalLead(refusal),
    [uncoveredSection(refusal)],
    maxLength,
    (missing) => `\nCut to fit. Not shown: ${missing}.\n`,
  );

/** What it was refused for, and what to do about it. */
export function refusalLead({ code, message, hint }: ApplyRefusal): string {
  const advice = hint === undefined ? "" : `>\n> ${proseOf(hint)}\n`;
  return `> [!CAUTION]\n> **Nothing was done.** ${codeOf(code)} ${proseOf(message)}\n${advice}`;
}

export const uncoveredSection = ({ uncovered }: ApplyRefusal): Section => ({
  what: "changes",
  before:
    "\n**Not covered by a reviewed plan**\n\n| Change | Kind | Name | Why |\n| --- | --- | --- | --- |\n",
  items: uncovered.map(
    ({ change: { action, kind, name }, why }) =>
      `| ${action} | ${kind} | ${codeOf(name)} | ${proseOf(why)} |\n`,
  ),
  after: "",
});
