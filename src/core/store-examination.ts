/** What a key store tells of the credential that it is called with, measured by what the manifests will ask of it. */

import type { ClockSkew } from "./clock-skew.ts";
import type { Kind } from "./live.ts";
import type { RoleRef } from "./role-ref.ts";

/** What reconciling these manifests asks of the credential, besides reading. */
export interface StoreNeeds {
  /** Roles that our keys are given, and those that they have now: who may not give a role may not revoke its keys either. */
  readonly roles: readonly RoleRef[];
  /** What the declared custom roles permit, by tag. */
  readonly permissions: ReadonlyMap<string, readonly string[]>;
  /** The kinds of things that are declared. */
  readonly kinds: ReadonlySet<Kind>;
  /** Whether a key declares its scope. */
  readonly hasScopes: boolean;
  /** Which key the credential is, as the configuration says it; absent: it does not. */
  readonly ownKeyId?: string;
}

/**
 * How the key behind the credential is known. `told`: the store says so. `named`: the configuration does, and there is such
 * a key. `doubtful`: the same, but its secret ends otherwise. `likely`: of all keys its secret alone ends as the credential.
 */
export type CallerSource = "told" | "named" | "doubtful" | "likely";

export interface StoreCaller {
  readonly id: string;
  readonly source: CallerSource;
  readonly roles: readonly RoleRef[];
  /** ISO 8601; null: never; absent: the store does not tell. */
  readonly expiresAt?: string | null;
  readonly securityLevel?: "standard" | "advanced";
}

export interface StoreExamination {
  /** Absent: nobody knows which key the credential is. */
  readonly caller?: StoreCaller;
  /** Permissions and roles, in the store's own words, without which the manifests cannot be reconciled. */
  readonly missing: readonly string[];
  /**
   * What the credential may do and need not, in the store's own words; absent: there is no lesser one, for whoever opens
   * the store can do everything.
   */
  readonly surplus?: readonly string[];
  /** What would do, as a clause in the store's own words: for whoever makes a smaller credential. */
  readonly enough: string;
  /** What the store does not tell, each as a clause: `whether custom:editor covers USER`. */
  readonly unknown: readonly string[];
  /** Absent: the store tells no time. */
  readonly clock?: ClockSkew;
  /** What the store allows, each in words: `1000 requests a minute`. */
  readonly limits: readonly string[];
}
