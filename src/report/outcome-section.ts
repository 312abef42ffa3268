/** The table of what became of each change, in Markdown, with where the secrets lie now. */

import type { ChangeOutcome, RunRecord } from "../core/run.ts";
import { codeOf, proseOf } from "./clipped-markdown.ts";
import type { Section } from "./fit-sections.ts";
import { renderElapsed } from "./relative-time.ts";

export const outcomeSection = ({ changes }: Pick<RunRecord, "changes">): Section => ({
  what: "outcomes",
  before:
    "\n| Outcome | Change | Kind | Name | What happened | Took |\n| --- | --- | --- | --- | --- | --- |\n",
  items: changes.map(row),
  after: "",
});

function row(change: ChangeOutcome): string {
  const { outcome, action, kind, name, durationMs } = change;
  const cells = [outcome, action, kind, codeOf(name), proseOf(storyOf(change)), renderElapsed(durationMs)];
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
