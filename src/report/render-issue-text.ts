import type { Issue } from "../core/issue.ts";
import { printable, printableLines } from "./printable.ts";
import { renderPlace } from "./render-place.ts";
import type { Style } from "./style.ts";

/** One block per issue: place, severity, code and message in its first line, then the code frame and the hint. */
export function renderIssueText({ code, severity, message, hint, at, frame }: Issue, style: Style): string {
  const place = at ? `${style.strong(`${renderPlace(at)}:${at.column}`)}  ` : "";
  const paint = severity === "error" ? style.bad : style.warn;
  return [
    `${place}${paint(`${severity} ${printable(code)}`)}  ${printable(message)}`,
    ...(frame === undefined ? [] : printableLines(frame).map((line) => `    ${style.faint(line)}`)),
    ...(hint === undefined ? [] : [`    hint: ${printable(hint)}`]),
  ].join("\n");
}
