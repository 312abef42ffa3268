/** What makes a change dangerous: the classes that approvals are asked for by. */

import type { Change } from "../change.ts";

/** Most serious first. */
export const RISK_CLASSES = [
  /** A key becomes the only one of ours that may do everything. */
  "first-admin",
  /** A key or a role may do or see what it could not before. */
  "privilege-widened",
  /** The security policy demands less. */
  "policy-loosened",
  /** The store can be called from more addresses. */
  "allowlist-widened",
  /** A key that consumers may still use ends, and nothing takes its place. */
  "production-revocation",
  /** A key is guarded, signed or replaced less than before. */
  "security-weakened",
  /** A key lives longer than its predecessor. */
  "expiry-lengthened",
  /** The value of a key that exists goes where it did not go before. */
  "delivery-widened",
] as const;

export type RiskClass = (typeof RISK_CLASSES)[number];

export type RiskLevel = "high" | "elevated";

/** One danger of one change. */
export interface Risk {
  readonly class: RiskClass;
  /** Of the change. */
  readonly kind: Change["kind"];
  /** Of the change. */
  readonly name: string;
  /** One line for people. Holds text of manifests and stores as it came. */
  readonly message: string;
}

const HIGH: ReadonlySet<RiskClass> = new Set([
  "first-admin",
  "privilege-widened",
  "policy-loosened",
  "allowlist-widened",
  "production-revocation",
]);

export const riskLevelOf = (name: RiskClass): RiskLevel => (HIGH.has(name) ? "high" : "elevated");
