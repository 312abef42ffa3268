import { displayWidth } from "./display-width.ts";
import type { Paint, Style } from "./style.ts";

export interface Cell {
  /** Printable already. */
  readonly text: string;
  readonly paint?: Paint;
}

/** Lines of a table whose columns are as wide as their widest cell; the header is faint. Rows may be shorter than it. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): readonly string[] {
  const head = header.map((text) => ({ text, paint: style.faint }));
  const table = [head, ...rows];
  const widths = columnWidths(table);
  return table.map((row) => renderRow(row, widths));
}

/** Of the widest cell of each column, as many as the first row has. */
export const columnWidths = (rows: readonly (readonly Pick<Cell, "text">[])[]): readonly number[] =>
  (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column]?.text ?? "")), 0),
  );

/** Between two columns. */
export const GAP = 2;

const renderRow = (row: readonly Cell[], widths: readonly number[]): string =>
  row
    .map(({ text, paint }, column) => {
      const isLast = column === row.length - 1;
      const gap = isLast ? "" : " ".repeat((widths[column] ?? 0) - displayWidth(text) + GAP);
      return `${paint && text ? paint(text) : text}${gap}`;
    })
    .join("")
    .trimEnd();
