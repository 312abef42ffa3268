/** The one exception class, and the closed catalogue of what can go wrong at run time. */

import type { Issue } from "./issue.ts";

/**
 * Exit codes of the command line: 0 done or no change, 1 failure, 2 changes pending or drift,
 * 3 refused by a guard, 4 partly applied.
 */
export const EXIT = { done: 0, failure: 1, pending: 2, refused: 3, partial: 4 } as const;

/** Every code with its exit code. `docs/errors.md` describes each; a test compares the two. */
export const ERROR_CODES = {
  USAGE: EXIT.failure,
  INPUT_INVALID: EXIT.failure,
  CONFIG_MISSING: EXIT.failure,
  CREDENTIAL_MISSING: EXIT.failure,
  SOURCE_UNREADABLE: EXIT.failure,
  SOURCE_REF_UNKNOWN: EXIT.failure,
  STORE_UNREACHABLE: EXIT.failure,
  STORE_UNAUTHORIZED: EXIT.failure,
  STORE_FORBIDDEN: EXIT.failure,
  STORE_REJECTED: EXIT.failure,
  STORE_CONFLICT: EXIT.failure,
  STORE_OUTCOME_UNKNOWN: EXIT.failure,
  STORE_INCOMPLETE: EXIT.failure,
  STORE_CONTRACT: EXIT.failure,
  STORE_BUSY: EXIT.failure,
  STORE_UNUSABLE: EXIT.failure,
  SINK_UNUSABLE: EXIT.failure,
  SINK_WRITE_FAILED: EXIT.failure,
  SINK_CONFLICT: EXIT.failure,
  VERIFY_FAILED: EXIT.failure,
  LEDGER_UNUSABLE: EXIT.failure,
  LEDGER_CORRUPT: EXIT.failure,
  LEDGER_CONFLICT: EXIT.failure,
  LEASE_HELD: EXIT.failure,
  LEASE_LOST: EXIT.failure,
  PLAN_INVALID: EXIT.failure,
  PLAN_STALE: EXIT.refused,
  GUARD_REFUSED: EXIT.refused,
  REQUEST_INVALID: EXIT.failure,
  LEAK_UNKNOWN: EXIT.failure,
  LEAK_FOREIGN: EXIT.failure,
  LEAK_AMBIGUOUS: EXIT.failure,
  PLATFORM_UNSUPPORTED: EXIT.failure,
  RUN_UNKNOWN: EXIT.failure,
  NOTICE_UNSENT: EXIT.failure,
  GITHUB_FORBIDDEN: EXIT.failure,
  GITHUB_FAILED: EXIT.failure,
  INTERRUPTED: EXIT.failure,
  SERVER_FAILED: EXIT.failure,
  CONTEXT_INVALID: EXIT.failure,
  EVENT_REFUSED: EXIT.refused,
  REVIEW_MISSING: EXIT.refused,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do about it. */
  readonly hint?: string;
  /** The input's faults, when the error is about input. */
  readonly issues?: readonly Issue[];
  readonly cause?: unknown;
}

export class KeywrightError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];

  /** `message` says what and where; it never holds a secret. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "KeywrightError";
    this.code = code;
    this.hint = details.hint;
    this.issues = details.issues ?? [];
  }
}

export const isKeywrightError = (error: unknown, code?: ErrorCode): error is KeywrightError =>
  error instanceof KeywrightError && (code === undefined || error.code === code);
