/** What a drift check finds, and what the configuration wants done about it. */

import type { Change, FieldChange } from "../change.ts";

/** In the order in which they are shown. */
export const DRIFT_CLASSES = [
  /** The ledger has it, the store has not. */
  "missing",
  /** The key that consumers use has expired. */
  "expired",
  /** Ours, and not as it was applied. */
  "altered",
  /** A slot that had the value of its key is empty, or holds another. */
  "sink-stale",
  /** It carries our marker, and the ledger cannot account for it. */
  "orphan",
  /** Not ours, and nobody knows of it. */
  "foreign",
  /** Ours, and the security policy would not allow it any more. */
  "not-compliant",
  /** The manifests are not what was applied last. */
  "unapplied-commit",
  /** Checks should come by a schedule, and none came for longer than it allows. */
  "scheduler-silent",
] as const;

export type DriftClass = (typeof DRIFT_CLASSES)[number];

/** `fix`: mended by a check that may; `report`: told; `ignore`: neither. */
export type DriftResponse = "fix" | "report" | "ignore";

export type DriftPolicy = Readonly<Record<DriftClass, DriftResponse>>;

export const DEFAULT_DRIFT_POLICY: DriftPolicy = {
  missing: "fix",
  expired: "fix",
  altered: "report",
  "sink-stale": "fix",
  orphan: "report",
  foreign: "report",
  "not-compliant": "report",
  "unapplied-commit": "report",
  "scheduler-silent": "report",
};

export interface Finding {
  readonly class: DriftClass;
  /** What it is about; `Manifests`: all of them; `Schedule`: of checks. */
  readonly kind: Change["kind"] | "Manifests" | "Schedule";
  /** Of the manifest; absent for what is foreign. */
  readonly name?: string;
  /** The store's id of a key. */
  readonly id?: string;
  readonly generation?: number;
  /** One line for people; the same at every check as long as nothing changes. */
  readonly message: string;
  readonly fields?: readonly FieldChange[];
  /** What it is made of, one line each. */
  readonly details?: readonly string[];
  readonly hint?: string;
  /** `fix` only where a fix would mend it now. */
  readonly response: DriftResponse;
  /** The same at every check for the same thing, and for no other: what was told once need not be told again. */
  readonly key: string;
}

/** What the schedule brings: no drift, and shown. */
export interface DueChange {
  readonly action: Change["action"];
  readonly kind: Change["kind"];
  readonly name: string;
  readonly message: string;
}
