import type { Forecast } from "../core/forecast.ts";
import type { ForecastEntry, ForecastWhat } from "../core/forecast-entry.ts";
import { printable } from "./printable.ts";
import { renderRelative } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";
import { renderJson } from "./render-json.ts";
import { type Cell, renderTable } from "./render-table.ts";
import { createStyle, type Paint, type Style } from "./style.ts";

export interface RenderForecastOptions {
  readonly format: "text" | "json";
  readonly colors: boolean;
}

const HEADER = ["DATE", "WHEN", "WHAT", "KEY", "ID", "WHY"];

/** A table with an entry a row; ends in a line end. */
export function renderForecast(forecast: Forecast, { format, colors }: RenderForecastOptions): string {
  if (format === "json") return renderJson(forecast);
  const { from, until, entries, cut } = forecast;
  if (entries.length === 0) return `Nothing is due until ${renderInstant(until)}\n`;
  const style = createStyle(colors);
  const rows = entries.map((entry) => rowOf(entry, new Date(from), style));
  const lines = [
    `Until ${renderInstant(until)}`,
    "",
    ...renderTable(HEADER, rows, style),
    ...cut.map((name) => `… and so on for ${printable(name)}`),
    "",
    ...(entries.some(({ needsApply }) => needsApply) ? [NOT_BY_ITSELF] : []),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const NOT_BY_ITSELF =
  "Keys expire by themselves. All else happens with the first apply at or after its date; later dates follow from that.";

function rowOf(entry: ForecastEntry, now: Date, style: Style): readonly Cell[] {
  const { at, what, name, generation, id, deadline, message } = entry;
  const ends = deadline === undefined ? "" : `; without an apply it ends ${renderInstant(deadline)}`;
  return [
    { text: renderInstant(at) },
    { text: at === now.toISOString() ? "now" : renderRelative(at, now) },
    { text: what, paint: paintOf(what, style) },
    { text: `${printable(name)} g${generation}`, paint: style.strong },
    { text: id === undefined ? "-" : printable(id) },
    { text: `${printable(message)}${ends}` },
  ];
}

function paintOf(what: ForecastWhat, { good, bad, warn, faint }: Style): Paint {
  return { overdue: bad, expires: warn, rotates: good, retires: faint }[what];
}
