/** What is wrong with some input: a value, not an exception, so that all of it can be told at once. */

export interface Position {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
}

export interface Issue {
  /** Stable upper-case code such as `SCHEMA_UNKNOWN_FIELD`; documented in `docs/errors.md`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** What and where, in one sentence. Never holds a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly at?: Position;
  /** The lines around `at`, with a caret, ready to print. */
  readonly frame?: string;
}

export const hasErrors = (issues: readonly Issue[]): boolean =>
  issues.some((issue) => issue.severity === "error");

const text = (a: string | undefined): string => a ?? "";
const number = (a: number | undefined): number => a ?? 0;

/** Orders issues by file, line, column and code, so that output never depends on reading order. */
export function compareIssues(a: Issue, b: Issue): number {
  return (
    compareText(text(a.at?.file), text(b.at?.file)) ||
    number(a.at?.line) - number(b.at?.line) ||
    number(a.at?.column) - number(b.at?.column) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

/** Orders by UTF-16 code unit: the same on every machine and in every locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
