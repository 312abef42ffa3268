/** Rows of figures as a Markdown table: it reads as well on a terminal as in `docs/performance.md`. */

const HEADER = ["", "median", "best", "floor", "ratio", "aim", "", "CPU", "rounds"];

export function renderRows(rows) {
  const cells = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => pad(cell, widths[column], column)).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${column === 0 ? "-" : ":"}`).join("|")}|`;
  return [line(HEADER), rule, ...cells.slice(1).map(line)].join("\n");
}

/** Names to the left, figures to the right. */
const pad = (cell, width, column) => (column === 0 ? cell.padEnd(width) : cell.padStart(width));

const cellsOf = ({ name, unit, value, best, floor, ratio, aim, isOk, cpuSeconds, rounds }) => [
  unit === "MB" && !name.startsWith("memory") ? `${name}: memory` : name,
  quantity(value, unit),
  quantity(best, unit),
  quantity(floor, unit),
  `${ratio.toFixed(2)}×`,
  aim ? aimText(aim, unit) : "",
  isOk === undefined ? "" : isOk ? "ok" : "over",
  cpuSeconds === undefined ? "" : quantity(cpuSeconds, "s"),
  String(rounds),
];

const aimText = ({ of, max, min }, unit) => {
  const sign = max === undefined ? "≥" : "≤";
  if (of === "ratio") return `${sign} ${max ?? min}×`;
  return `${sign} ${max ?? min} ${of === "value" ? unit : of === "megabytes" ? "MB" : "s"}`;
};

function quantity(value, unit) {
  if (unit === "µs" || unit === "ms") return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  if (unit !== "s") return `${Math.round(value)}${unit.startsWith("/") ? "" : " "}${unit}`;
  return value < 1 ? `${Math.round(1_000 * value)} ms` : `${value.toFixed(2)} s`;
}
