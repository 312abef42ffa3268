import { HIDDEN_CHARACTERS } from "./hidden-characters.ts";
import { lineAt, type SourceText } from "./source-text.ts";

const WIDTH = 100;
const NOT_SHOWN = "(line not shown)";

/**
 * The line at `line:column` with a caret below it, and one line before and after. Characters that would act on
 * a terminal are replaced; undefined when the line itself must not be shown.
 */
export function codeFrame(source: SourceText, line: number, column: number): string | undefined {
  const text = lineAt(source, line);
  if (text === undefined || !source.isShowable(text)) return undefined;
  const digits = String(line + 1).length;
  // Long lines are cut to a window that has the caret inside.
  const from = column <= WIDTH - 20 ? 0 : column - Math.floor(WIDTH / 2);
  const row = (number: number, mark: string): readonly string[] => {
    const shown = lineAt(source, number);
    return shown === undefined
      ? []
      : [`${mark} ${String(number).padStart(digits)} | ${windowOf(source, shown, from)}`.trimEnd()];
  };
  const caret = `  ${" ".repeat(digits)} | ${" ".repeat(column - 1 - from)}^`;
  return [...row(line - 1, " "), ...row(line, ">"), caret, ...row(line + 1, " ")].join("\n");
}

const windowOf = (source: SourceText, line: string, from: number): string =>
  source.isShowable(line)
    ? line
        .slice(from, from + WIDTH)
        .replaceAll("\t", " ")
        .replace(HIDDEN_CHARACTERS, "\u{fffd}")
    : NOT_SHOWN;
