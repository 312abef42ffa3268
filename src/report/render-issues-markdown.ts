/** The faults of manifests as Markdown for a job's summary or a check run (security check G10). */

import { compareIssues, type Issue } from "../core/issue.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import { countIssues } from "./count-issues.ts";
import { fitSections } from "./fit-sections.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";

/** By file and line. `maxLength` in UTF-16 code units: 65,536 unless said otherwise; the cut falls between rows. */
export const renderIssuesMarkdown = (
  issues: readonly Issue[],
  { maxLength = MAX_COMMENT_LENGTH }: { readonly maxLength?: number } = {},
): string =>
  fitSections(
    `**${countIssues(issues)}.**\n`,
    [
      {
        what: "issues",
        before: "\n| | Where | Code | What |\n| --- | --- | --- | --- |\n",
        items: issues.toSorted(compareIssues).map(row),
        after: "",
      },
    ],
    maxLength,
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright validate\` shows all.\n`,
  );

function row({ severity, code, message, hint, at }: Issue): string {
  const where = at ? codeOf(`${at.file}:${at.line}`) : "";
  const what = hint === undefined ? proseOf(message) : `${proseOf(message)}<br>hint: ${proseOf(hint)}`;
  return `| ${severity} | ${where} | ${codeOf(code)} | ${what} |\n`;
}
