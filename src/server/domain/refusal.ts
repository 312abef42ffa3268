/** Why a request is not carried out: an expected answer, so a value. `problem.ts` gives each its HTTP status. */

import type { PolicyRule } from "../../core/policy.ts";

export type RefusalKind =
  | "invalid-request"
  | "not-found"
  | "forbidden"
  | "key-not-live"
  | "not-rotatable"
  | "digest-taken"
  | "own-key"
  | "last-administrator"
  | "idempotency-mismatch"
  | "policy-violation"
  | "unknown-role"
  | "expiry-in-past"
  | "role-in-use"
  | "role-reserved"
  | "role-managed-elsewhere"
  | "tag-taken"
  | "email-taken"
  | "user-disabled"
  | "would-lock-out"
  | "precondition-failed";

export interface Refusal {
  readonly refused: RefusalKind;
  /** One sentence for the caller. */
  readonly detail: string;
  /** The rule of the security policy that was broken. */
  readonly rule?: PolicyRule;
}

export const isRefusal = (value: object): value is Refusal => "refused" in value;
