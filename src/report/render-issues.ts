import { compareIssues, type Issue } from "../core/issue.ts";
import { countIssues } from "./count-issues.ts";
import { renderIssueText } from "./render-issue-text.ts";
import { renderJson } from "./render-json.ts";
import { renderSarif } from "./render-sarif.ts";
import { createStyle } from "./style.ts";
import { workflowCommand } from "./workflow-command.ts";

export interface RenderIssuesOptions {
  readonly format: "text" | "json" | "sarif" | "github";
  readonly colors: boolean;
}

/** Issues by file and line, ending in a line end. `github`: workflow commands that annotate the lines. */
export function renderIssues(issues: readonly Issue[], { format, colors }: RenderIssuesOptions): string {
  const sorted = issues.toSorted(compareIssues);
  switch (format) {
    case "text":
      return renderText(sorted, colors);
    case "json":
      return renderJson({ ...countsOf(sorted), issues: sorted });
    case "sarif":
      return renderSarif(
        "keywright-validate",
        sorted.map(({ severity, ...issue }) => ({ ...issue, level: severity })),
      );
    case "github":
      return `${[...sorted.map(annotation), countIssues(sorted)].join("\n")}\n`;
  }
}

function renderText(issues: readonly Issue[], colors: boolean): string {
  const style = createStyle(colors);
  const blocks = issues.map((issue) => renderIssueText(issue, style));
  return `${[...blocks, style.strong(countIssues(issues))].join("\n\n")}\n`;
}

const annotation = ({ code, severity, message, hint, at }: Issue): string =>
  workflowCommand(
    severity,
    { file: at?.file, line: at?.line, col: at?.column, title: code },
    hint === undefined ? [message] : [message, `hint: ${hint}`],
  );

function countsOf(issues: readonly Issue[]): { readonly errors: number; readonly warnings: number } {
  const errors = issues.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: issues.length - errors };
}
