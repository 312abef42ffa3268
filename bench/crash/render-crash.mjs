/** The comparison as a Markdown table, which reads as well on a terminal. */

const HEADER = [
  "",
  "strikes",
  "keys lost",
  "orphans",
  "duplicates",
  "requests refused",
  "secrets in its files",
  "never done",
];

/** `rows`: `{ name, version, skipped }` or `{ name, version, total }`. */
export function renderCrash(rows) {
  const cells = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${column === 0 ? "-" : ":"}`).join("|")}|`;
  return [line(HEADER), rule, ...cells.slice(1).map(line)].join("\n");
}

const cellsOf = ({ name, version, total }) => [
  `${name} (${version})`,
  ...(total
    ? [
        String(total.strikes),
        String(total.lost),
        String(total.orphans),
        String(total.duplicates),
        `${total.refused} of ${total.requests}`,
        String(total.readable),
        String(total.stuck),
      ]
    : HEADER.slice(1).map(() => "skipped")),
];
