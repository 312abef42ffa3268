import { KeywrightError } from "../core/error.ts";
import { printable, printableLines } from "./printable.ts";
import { renderIssues } from "./render-issues.ts";
import { createStyle, type Style } from "./style.ts";

export interface RenderErrorOptions {
  readonly colors: boolean;
  /** Adds stacks and causes. */
  readonly verbose?: boolean;
}

/** Whatever was thrown, for the terminal: issues, code, message, hint; ends in a line end. */
export function renderError(error: unknown, { colors, verbose = false }: RenderErrorOptions): string {
  const style = createStyle(colors);
  const lines = error instanceof KeywrightError ? knownLines(error, style) : bugLines(error, verbose, style);
  const issues =
    error instanceof KeywrightError && error.issues.length > 0
      ? `${renderIssues(error.issues, { format: "text", colors })}\n`
      : "";
  return `${issues}${[...lines, ...(verbose ? traceLines(error, style) : [])].join("\n")}\n`;
}

const knownLines = ({ code, message, hint }: KeywrightError, style: Style): readonly string[] => [
  `${style.bad(`error ${code}`)}  ${printable(message)}`,
  ...(hint === undefined ? [] : [`  hint: ${printable(hint)}`]),
];

const bugLines = (error: unknown, verbose: boolean, style: Style): readonly string[] => [
  `${style.bad("error BUG")}  ${printable(textOf(error))}`,
  `  hint: this is a bug in Keywright, not a fault of your input; please report it${verbose ? "" : ", with the output of --verbose"}`,
];

/** The stack, then those of its causes: eight at most, for a chain may bite its tail. */
function traceLines(error: unknown, style: Style): readonly string[] {
  const lines: string[] = [];
  let link: unknown = error;
  for (let depth = 0; depth < 8 && link instanceof Error; depth += 1) {
    const [first = "", ...rest] = printableLines(link.stack ?? textOf(link));
    lines.push(`  ${depth === 0 ? "" : "caused by "}${first}`, ...rest.map((line) => `  ${line}`));
    link = link.cause;
  }
  return lines.map((line) => style.faint(line));
}

function textOf(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === "string" ? error : "something that is no error was thrown";
}
