/** What every source refuses of a file, whatever it comes from. */

import { isUtf8 } from "node:buffer";
import { containsKey } from "../core/key-format.ts";
import type { Issue } from "../core/issue.ts";

export const MAX_FILE_BYTES = 1024 * 1024;
/** Of all files together: what one process can hold at ease. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

export const sourceIssue = (code: string, path: string, message: string, hint: string): Issue => ({
  code,
  severity: "error",
  message,
  hint,
  at: { file: printablePath(path), line: 1, column: 1 },
});

export const tooLargeIssue = (path: string): Issue =>
  sourceIssue("SOURCE_FILE_TOO_LARGE", path, "the file is larger than 1 MiB", "split it");

export const symlinkIssue = (path: string): Issue =>
  sourceIssue("SOURCE_SYMLINK", path, "symbolic links are not followed", "put the file itself there");

/** The text of a file, or why it cannot be read. */
export function decodeManifest(
  path: string,
  bytes: Buffer,
): { readonly text: string } | { readonly issue: Issue } {
  if (bytes.length > MAX_FILE_BYTES) return { issue: tooLargeIssue(path) };
  if (isUtf8(bytes)) return { text: bytes.toString("utf8") };
  const hint = "save the file as UTF-8";
  return { issue: sourceIssue("SOURCE_NOT_UTF8", path, "the file is not UTF-8", hint) };
}

/** Characters that act on a terminal, do not show, or stand for bytes that are not UTF-8. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\ufffd]/gu;

/** A path that could deceive a reader, or that gives a key away. */
export function pathIssue(path: string): Issue | undefined {
  if (path.search(UNPRINTABLE) === -1 && !containsKey(path)) return undefined;
  const message = "the file's name has characters that do not show, or a key in it";
  return sourceIssue("SOURCE_PATH_UNPRINTABLE", path, message, "rename it");
}

/** `path` with such characters replaced; nothing of it when it holds a key. */
export const printablePath = (path: string): string =>
  containsKey(path) ? "(path not shown)" : path.replace(UNPRINTABLE, "\u{fffd}");
