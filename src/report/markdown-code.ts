/** Security check G10: names and values inside Markdown, where nothing in them is markup, a mention or a link. */

import { printable } from "./printable.ts";

/**
 * Inside code an HTML comment is text, but whoever looks through the raw Markdown for a hidden marker, of ours or of
 * others, would find it.
 */
const COMMENT = /<(?=!--)/g;

/**
 * A code span, for a line or a table's cell. A `|` becomes `\u{7c}`: tables are split before code spans are
 * looked for, and a backslash before an escaped one would undo its escape.
 */
export function markdownCode(text: string): string {
  const content = unmarked(text).replaceAll("|", "\\u{7c}") || '""';
  const fence = "`".repeat(longestRun(content) + 1);
  // Without the padding a backtick or two spaces at the ends would be taken for the span's own.
  const pad = /^[` ]|[` ]$/.test(content) ? " " : "";
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A fenced block of printable lines; its fence is longer than any run of backticks inside. */
export function markdownFence(language: string, lines: readonly string[]): string {
  const content = lines.map(unmarked).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(content) + 1));
  return `${fence}${language}\n${content}\n${fence}\n`;
}

/** For raw HTML: `<code>` with every character that HTML knows as an entity. */
export const htmlCode = (text: string): string =>
  `<code>${printable(text).replace(/[<>&"'`]/g, (found) => `&#${found.codePointAt(0)};`)}</code>`;

const unmarked = (text: string): string => printable(text).replace(COMMENT, "\\u{3c}");

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
