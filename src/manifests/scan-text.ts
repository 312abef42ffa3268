/** What a text must not hold, found before any parsing. */

import type { Issue } from "../core/issue.ts";
import { findKey } from "./find-key.ts";
import { HIDDEN_CHARACTERS } from "./hidden-characters.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import { positionAt, type SourceText } from "./source-text.ts";

export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ISSUES = 20;

/** Security checks G2, G3 and G14 as far as plain text can tell; what has an issue here must not be parsed. */
export function scanText(source: SourceText): readonly Issue[] {
  const { text } = source;
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return [tooLarge(source)];
  const key = findKey(text);
  // Nothing else is told about such a file: any other message or frame could repeat the key.
  if (key !== undefined) return [keyIssue(source, key)];
  const start = text.startsWith("\u{feff}") ? 1 : 0;
  const issues: Issue[] = [];
  for (const match of text.slice(start).matchAll(HIDDEN_CHARACTERS)) {
    issues.push(issueAt(source, match.index + start, hiddenCharacter(match[0])));
    if (issues.length === MAX_ISSUES) break;
  }
  return issues;
}

const tooLarge = ({ file }: SourceText): Issue => ({
  code: "FILE_TOO_LARGE",
  severity: "error",
  message: "the file is larger than 1 MiB",
  hint: "split it",
  at: { file, line: 1, column: 1 },
});

/** Security check G14: says where, never what, and shows no line. */
export const keyIssue = (source: SourceText, offset: number): Issue => ({
  code: "KEY_IN_TEXT",
  severity: "error",
  message: "a real API key stands here; it is not repeated",
  hint: "treat it as leaked: rotate it, then take it out of the file and of its history",
  at: { ...positionAt(source, offset), column: 1 },
});

export function hiddenCharacter(character: string): IssueText {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "TEXT_HIDDEN_CHARACTER",
    message: `a control, invisible or direction-changing character (U+${code})`,
    hint: "delete it; text must read as it is",
  };
}
