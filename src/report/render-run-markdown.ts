/** A run as Markdown for a job's summary or a comment, as safe as a plan's (security check G10). */

import type { RunRecord } from "../core/run.ts";
import { askedList } from "./asked-list.ts";
import { codeOf, commitOf, proseOf } from "./clipped-markdown.ts";
import { fitSections } from "./fit-sections.ts";
import { MAX_COMMENT_LENGTH } from "./max-comment-length.ts";
import { outcomeSection } from "./outcome-section.ts";
import { blockedSection } from "./plan-sections.ts";
import { renderInstant } from "./render-instant.ts";
import { summarizeRun } from "./summarize-run.ts";

const MIN_LENGTH = 8_000;

/** `maxLength` in UTF-16 code units: 65,536 unless said otherwise, never less than 8,000. */
export const renderRunMarkdown = (
  record: RunRecord,
  { maxLength = MAX_COMMENT_LENGTH }: { readonly maxLength?: number },
): string =>
  fitSections(
    head(record),
    [outcomeSection(record), blockedSection(record)],
    Math.max(maxLength, MIN_LENGTH),
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright runs show\` shows all.\n`,
  );

function head(record: RunRecord): string {
  const facts = [
    `Run ${codeOf(record.id)}`,
    `instance ${codeOf(record.instance)}`,
    `store ${codeOf(record.store)}`,
    ...(record.commit === undefined ? [] : [`commit ${commitOf(record.commit)}`]),
    `started ${proseOf(renderInstant(record.startedAt))}`,
  ];
  return `**${summarizeRun(record)}**\n\n${facts.join(", ")}\n${askedList(record.requests)}`;
}
