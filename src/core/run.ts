/** What one apply did: an outcome for every change of its plan. */

import type { Blocked } from "./blocked.ts";
import type { Action, Change } from "./change.ts";
import type { ErrorCode } from "./error.ts";
import type { KeyRequest } from "./request.ts";

/** `unknown`: the store or a sink did not answer; the next run finds out. */
export type Outcome = "applied" | "failed" | "not-run" | "unknown";

export interface ChangeOutcome {
  readonly action: Action;
  readonly kind: Change["kind"];
  readonly name: string;
  readonly outcome: Outcome;
  /** What was done, or why it was not: one line for people. */
  readonly message: string;
  readonly error?: { readonly code: ErrorCode | "BUG"; readonly message: string; readonly hint?: string };
  readonly durationMs: number;
  /** Where the secret lies now, for a key that was minted. */
  readonly deliveredTo?: readonly string[];
}

export interface RunRecord {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Run";
  /** Sorts by start: `20261121T081500Z-7f3a9c`. */
  readonly id: string;
  readonly instance: string;
  readonly store: string;
  readonly planDigest: string;
  readonly commit?: string;
  /** What a person asked for; absent: nothing. */
  readonly requests?: readonly KeyRequest[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: "applied" | "partly-applied" | "failed" | "interrupted" | "no-change";
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly changes: readonly ChangeOutcome[];
  /** What the plan had to leave alone. */
  readonly blocked: readonly Blocked[];
}
