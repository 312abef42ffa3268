import type { Issue } from "../core/issue.ts";
import { codeFrame } from "./code-frame.ts";
import { positionAt, type SourceText } from "./source-text.ts";

export type IssueText = Pick<Issue, "code" | "message"> & Partial<Pick<Issue, "severity" | "hint">>;

/** An issue at an offset of a file, with its code frame. `severity` is `error` unless said otherwise. */
export function issueAt(source: SourceText, offset: number, text: IssueText): Issue {
  const at = positionAt(source, offset);
  const frame = codeFrame(source, at.line, at.column);
  return { severity: "error", ...text, at, ...(frame !== undefined && { frame }) };
}
