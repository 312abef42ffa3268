/** A run as text for a terminal or a log. */

import type { ChangeOutcome, Outcome, RunRecord } from "../core/run.ts";
import { instantMs } from "./instant-ms.ts";
import { describeRequest } from "./describe-request.ts";
import { printable } from "./printable.ts";
import { renderElapsed } from "./relative-time.ts";
import { renderBlocked } from "./render-blocked.ts";
import { renderInstant } from "./render-instant.ts";
import { createStyle, type Paint, type Style } from "./style.ts";
import { summarizeRun } from "./summarize-run.ts";

export function renderRunText(record: RunRecord, colors: boolean): string {
  const style = createStyle(colors);
  const blocks = [
    header(record, style),
    record.changes.flatMap((change) => outcomeLines(change, style)),
    renderBlocked(record.blocked, style),
    [style.strong(summarizeRun(record))],
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}

function header(record: RunRecord, style: Style): readonly string[] {
  const tookMs = instantMs(record.finishedAt) - instantMs(record.startedAt);
  const facts = [
    ["for", printable(record.instance)],
    ["store", printable(record.store)],
    ...(record.commit === undefined ? [] : [["commit", printable(record.commit.slice(0, 12))]]),
    ...(record.requests ?? []).map((request) => ["asked", printable(describeRequest(request))]),
    ["started", renderInstant(record.startedAt)],
    ...(Number.isNaN(tookMs) ? [] : [["took", renderElapsed(tookMs)]]),
  ];
  return [
    `Run ${style.strong(printable(record.id))}`,
    ...facts.map(([label = "", text = ""]) => `  ${style.faint(label.padEnd(7))}  ${text}`),
  ];
}

const SIGNS = { applied: "✓", failed: "✗", "not-run": "·", unknown: "?" } as const;

function outcomeLines(change: ChangeOutcome, style: Style): readonly string[] {
  const { action, kind, name, outcome, message, error, deliveredTo = [] } = change;
  const paint = paintOf(outcome, style);
  const what = `${action} ${kind === "ApiKey" ? "" : `${kind} `}${style.strong(printable(name))}`;
  return [
    `  ${paint(SIGNS[outcome])} ${what}  ${paint(OUTCOMES[outcome])} ${style.faint(renderElapsed(change.durationMs))}`,
    `      ${printable(message)}`,
    ...deliveredTo.map((slot) => `      ${style.faint("secret in:")} ${printable(slot)}`),
    ...(error ? errorLines(error, message, paint) : []),
  ];
}

const OUTCOMES = { applied: "applied", failed: "failed", "not-run": "not run", unknown: "unknown" } as const;

/** The error's message is shown only where the outcome's own does not say the same. */
function errorLines(
  { code, message, hint }: NonNullable<ChangeOutcome["error"]>,
  said: string,
  paint: Paint,
): readonly string[] {
  return [
    `      ${paint(printable(code))}${said.includes(message) ? "" : ` ${printable(message)}`}`,
    ...(hint === undefined ? [] : [`      hint: ${printable(hint)}`]),
  ];
}

const paintOf = (outcome: Outcome, { good, bad, warn, faint }: Style): Paint =>
  ({ applied: good, failed: bad, unknown: warn, "not-run": faint })[outcome];
