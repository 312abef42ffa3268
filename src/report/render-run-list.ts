import type { RunRecord } from "../core/run.ts";
import { instantMs } from "./instant-ms.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renderElapsed } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";
import { renderJson } from "./render-json.ts";
import { type Cell, renderTable } from "./render-table.ts";
import { createStyle, type Paint, type Style } from "./style.ts";

export interface RenderRunListOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
}

/** Runs in the order given, a line each, ending in a line end. */
export function renderRunList(
  records: readonly RunRecord[],
  { format, colors }: RenderRunListOptions,
): string {
  if (format === "json") return renderJson(records);
  if (records.length === 0) return "No runs yet\n";
  const style = createStyle(colors);
  const rows = records.map((record) => row(record, style));
  const table = renderTable(["RUN", "STARTED", "TOOK", "RESULT", "CHANGES", "COMMIT"], rows, style);
  return `${[...table, "", plural(records.length, "run")].join("\n")}\n`;
}

function row(record: RunRecord, style: Style): readonly Cell[] {
  const { applied, failed, unknown, "not-run": notRun } = record.counts;
  const all = applied + failed + unknown + notRun;
  const tookMs = instantMs(record.finishedAt) - instantMs(record.startedAt);
  return [
    { text: printable(record.id), paint: style.strong },
    { text: renderInstant(record.startedAt) },
    { text: Number.isNaN(tookMs) ? "-" : renderElapsed(tookMs) },
    { text: record.result, paint: paintOf(record.result, style) },
    { text: `${applied}/${all}` },
    { text: printable(record.commit?.slice(0, 12) ?? "-"), paint: style.faint },
  ];
}

function paintOf(result: RunRecord["result"], { good, bad, warn, faint }: Style): Paint {
  const paints = {
    applied: good,
    "no-change": faint,
    "partly-applied": warn,
    interrupted: warn,
    failed: bad,
  } as const;
  return paints[result];
}
