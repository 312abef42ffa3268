/** What is appended to the ledger's history. Every mutation has an intent before it and an outcome after it. */

import type { Change } from "./change.ts";
import type { KeyRequest } from "./request.ts";
import type { RunRecord } from "./run.ts";

/** Each effect outside this process, by name. */
export type Effect =
  | "stage-secret"
  | "create-key"
  | "verify-key"
  | "deliver-secret"
  | "unstage-secret"
  | "adopt-key"
  | "update-key"
  | "revoke-key"
  | "remove-secret"
  | "create-role"
  | "update-role"
  | "revoke-role"
  | "update-policy"
  | "create-secret"
  | "update-secret"
  | "revoke-secret"
  | "replace-allowlist";

export interface RunStarted {
  readonly type: "run-started";
  readonly run: string;
  readonly at: string;
  readonly instance: string;
  /** `KeyStore.identity`. */
  readonly store: string;
  readonly planDigest: string;
  readonly changes: number;
  /** What a person asked for; absent: nothing. */
  readonly requests?: readonly KeyRequest[];
}

export interface EffectIntent {
  readonly type: "intent";
  readonly run: string;
  readonly at: string;
  readonly effect: Effect;
  readonly kind: Change["kind"];
  readonly name: string;
  readonly operation?: string;
  /** The store's id of a key, or a slot. */
  readonly target?: string;
}

export interface EffectOutcome extends Omit<EffectIntent, "type"> {
  readonly type: "outcome";
  readonly outcome: "ok" | "failed" | "unknown";
  /** An error code of the catalogue. */
  readonly error?: string;
}

export interface RunFinished {
  readonly type: "run-finished";
  readonly run: string;
  readonly at: string;
  readonly record: RunRecord;
}

export type LedgerEvent = RunStarted | EffectIntent | EffectOutcome | RunFinished;
