import type { Annotation } from "../report/annotation.ts";
import type { Runner } from "./runner.ts";

/** GitHub shows ten of a kind and step. */
const MOST = 50;

/** What a report says of lines of manifests. */
export function annotateLines(
  { annotate }: Pick<Runner, "annotate">,
  annotations: readonly Annotation[],
): void {
  for (const { path, startLine, startColumn, level, title, message } of annotations.slice(0, MOST)) {
    const place = { file: path, line: startLine, col: startColumn, title };
    annotate(level === "failure" ? "error" : level, place, ...message.split("\n"));
  }
}
