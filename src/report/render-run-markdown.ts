/** A run as Markdown for a job's summary or a comment, as safe as a plan's (security check G10). */

import type { ChangeOutcome, RunRecord } from "../core/run.ts";
import { clip } from "./clip.ts";
import { describeRequest } from "./describe-request.ts";
import { fitSections, type Section } from "./fit-sections.ts";
import { markdownCode } from "./markdown-code.ts";
import { markdownText } from "./markdown-text.ts";
import { printable } from "./printable.ts";
import { renderElapsed } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";
import { summarizeRun } from "./summarize-run.ts";

const MAX_LENGTH = 65_536;
const MIN_LENGTH = 8_000;
const NAME_LENGTH = 200;
const PROSE_LENGTH = 400;

/** `maxLength` in UTF-16 code units: 65,536 unless said otherwise, never less than 8,000. */
export const renderRunMarkdown = (
  record: RunRecord,
  { maxLength = MAX_LENGTH }: { readonly maxLength?: number },
): string =>
  fitSections(
    head(record),
    [outcomeSection(record), blockedSection(record)],
    Math.max(maxLength, MIN_LENGTH),
    (missing) => `\nCut to fit. Not shown: ${missing}. \`keywright runs show\` shows all.\n`,
  );

function head(record: RunRecord): string {
  const facts = [
    `Run ${name(record.id)}`,
    `instance ${name(record.instance)}`,
    `store ${name(record.store)}`,
    ...(record.commit === undefined ? [] : [`commit ${name(record.commit.slice(0, 12))}`]),
    `started ${prose(renderInstant(record.startedAt))}`,
  ];
  const asked = (record.requests ?? []).map((request) => `- asked: ${prose(describeRequest(request))}\n`);
  return `**${summarizeRun(record)}**\n\n${facts.join(", ")}\n${asked.length > 0 ? `\n${asked.join("")}` : ""}`;
}

const outcomeSection = ({ changes }: RunRecord): Section => ({
  what: "outcomes",
  before:
    "\n| Outcome | Change | Kind | Name | What happened | Took |\n| --- | --- | --- | --- | --- | --- |\n",
  items: changes.map(row),
  after: "",
});

function row(change: ChangeOutcome): string {
  const { outcome, action, kind, name: changed, durationMs } = change;
  const cells = [outcome, action, kind, name(changed), prose(storyOf(change)), renderElapsed(durationMs)];
  return `| ${cells.join(" | ")} |\n`;
}

function storyOf({ message, error, deliveredTo = [] }: ChangeOutcome): string {
  const said = error && !message.includes(error.message) ? `: ${error.message}` : "";
  return [
    message,
    ...(error ? [`${error.code}${said}`] : []),
    ...(error?.hint === undefined ? [] : [`hint: ${error.hint}`]),
    ...(deliveredTo.length === 0 ? [] : [`secret in ${deliveredTo.join(", ")}`]),
  ].join("; ");
}

const blockedSection = ({ blocked }: RunRecord): Section => ({
  what: "left alone",
  before: "\n**Left alone**\n\n",
  items: blocked.map(
    ({ kind, name: left, code, message, hint }) =>
      `- ${kind} ${name(left)}: ${name(code)} ${prose(message)} (hint: ${prose(hint)})\n`,
  ),
  after: "",
});

// Printable first: half a key would not be recognised as one.
const name = (text: string): string => markdownCode(clip(printable(text), NAME_LENGTH));
const prose = (text: string): string => markdownText(clip(printable(text), PROSE_LENGTH));
