/** A file's text with what is needed to point into it. */

import type { Position } from "../core/issue.ts";

export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** Offsets at which lines start, ascending; the first is 0. */
  readonly lineStarts: () => readonly number[];
  /** Whether a line may be shown to people. */
  readonly isShowable: (line: string) => boolean;
}

export function sourceText(
  file: string,
  text: string,
  isShowable: SourceText["isShowable"] = () => true,
): SourceText {
  let starts: readonly number[] | undefined;
  return { file, text, isShowable, lineStarts: () => (starts ??= findLineStarts(text)) };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

export function positionAt(source: SourceText, offset: number): Position {
  const starts = source.lineStarts();
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The text of a 1-based line without its line break; undefined outside of the file. */
export function lineAt(source: SourceText, line: number): string | undefined {
  const starts = source.lineStarts();
  const start = starts[line - 1];
  if (start === undefined) return undefined;
  const next = starts[line];
  return source.text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, "");
}
