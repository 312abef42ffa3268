/** What became of one check, for the log and the figures. */

import { isKeywrightError, type ErrorCode } from "../core/error.ts";
import type { Issue } from "../core/issue.ts";
import type { LastCheck } from "../core/schedule/check-schedule.ts";
import type { DriftCheck } from "../reconcile/check-drift.ts";
import type { RunRecord } from "../core/run.ts";

export interface CheckOutcome {
  readonly check: LastCheck;
  readonly durationMs: number;
  /** The last look that got through; absent: none did. */
  readonly look?: DriftCheck;
  readonly run?: RunRecord;
  /** What ended it, before or after the look. */
  readonly error?: CheckError;
  /** People who could not be told. */
  readonly unsent: number;
}

export interface CheckError {
  readonly code: ErrorCode | "BUG";
  readonly message: string;
  readonly hint?: string;
  /** The first of them, where it is about what people wrote: `keys/a.yaml:3:1 SCHEMA_TYPE …`. */
  readonly issues?: readonly string[];
}

const MOST_ISSUES = 10;

export function errorOf(error: unknown): CheckError {
  if (!isKeywrightError(error)) {
    return { code: "BUG", message: error instanceof Error ? error.message : "something was thrown" };
  }
  const { code, message, hint, issues } = error;
  const told = issues.slice(0, MOST_ISSUES).map(describeIssue);
  return { code, message, ...(hint !== undefined && { hint }), ...(told.length > 0 && { issues: told }) };
}

const describeIssue = ({ code, message, at }: Issue): string =>
  `${at ? `${at.file}:${at.line}:${at.column} ` : ""}${code} ${message}`;

/** One line, with the first of its issues. */
export function describeError({ code, message, issues = [] }: CheckError): string {
  const [first, ...others] = issues;
  const more = others.length > 0 ? ", and more" : "";
  return `${code}: ${message}${first === undefined ? "" : ` (${first}${more})`}`;
}

/** `drift; 2 to report, 0 to fix; 1 change applied; 1.2 s`. */
export function describeOutcome({ check, look, run, error, durationMs, unsent }: CheckOutcome): string {
  const { fix = 0, report = 0 } = look?.report.counts ?? {};
  const outcomes = Object.entries(run?.counts ?? {}).filter(([, count]) => count > 0);
  const parts = [
    check.result,
    ...(look ? [`${report} to report, ${fix} to fix`] : []),
    ...outcomes.map(([outcome, count]) => `${count} ${count === 1 ? "change" : "changes"} ${outcome}`),
    ...(error ? [describeError(error)] : []),
    ...(unsent > 0 ? [`${unsent} ${unsent === 1 ? "notice" : "notices"} not sent`] : []),
    `${(durationMs / 1000).toFixed(1)} s`,
  ];
  return `check: ${parts.join("; ")}`;
}
