import type { LedgerSummary, OpenIntent } from "../core/ledger-summary.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderInstant } from "./render-instant.ts";
import { renderJson } from "./render-json.ts";
import { type Cell, renderTable } from "./render-table.ts";
import { createStyle, type Style } from "./style.ts";

export interface RenderLedgerSummaryOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
  readonly instance: string;
  readonly driver: string;
}

/** What a ledger holds whose chain was found whole, ending in a line end. */
export function renderLedgerSummary(summary: LedgerSummary, options: RenderLedgerSummaryOptions): string {
  const { format, colors, instance, driver } = options;
  if (format === "json") return renderJson({ instance, driver, ...summary });
  const of = `The ${printable(driver)} ledger of ${printable(instance)}`;
  if (!summary.head) return `${of} is empty\n`;
  const style = createStyle(colors);
  const lines = [`${of} is whole`, "", ...facts(summary, style), ...openIntents(summary.openIntents, style)];
  return `${lines.join("\n")}\n`;
}

function facts(
  { lines, runs, keys, firstAt = "", lastAt = "", head }: LedgerSummary,
  style: Style,
): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ["lines", String(lines)],
    ["runs", String(runs)],
    ["keys", String(keys)],
    ["first", renderInstant(firstAt)],
    ["last", renderInstant(lastAt)],
    ["head", head ? `${head.sequence}:${head.hash}` : ""],
  ];
  const note =
    "Note the head elsewhere: `keywright ledger verify --head …` then tells whether the ledger still has it";
  return [...rows.map(([name, value]) => `  ${style.faint(name.padEnd(6))} ${value}`), "", style.faint(note)];
}

/** What is past is only counted: it would stand here for ever. */
function openIntents(intents: readonly OpenIntent[], style: Style): readonly string[] {
  const unknown = intents.filter(({ state }) => state === "unknown");
  const past = intents.length - unknown.length;
  const counted = `${plural(past, "effect")} of earlier runs without an outcome: not begun, or settled by a later run`;
  const table = renderTable(
    ["EFFECT", "OF", "BEGUN", "RUN"],
    unknown.map((intent) => row(intent, style)),
    style,
  );
  const open = `${plural(unknown.length, "effect")} that may have been carried out, by a run that died; the next apply finds out`;
  return [
    ...(past > 0 ? ["", style.faint(counted)] : []),
    ...(unknown.length > 0 ? ["", style.warn(open), "", ...table] : []),
  ];
}

function row({ effect, name, target, at, run }: OpenIntent, style: Style): readonly Cell[] {
  const of = target === undefined ? name : `${name} (${target})`;
  return [
    { text: printable(effect) },
    { text: printable(of), paint: style.strong },
    { text: renderInstant(at) },
    { text: printable(run) },
  ];
}
