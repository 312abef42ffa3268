/** What many trials came to, as plain data. */

import type { FaultKind, Schedule } from "./schedule.ts";
import type { Breach, Invariant } from "./trial.ts";

export interface CheckedInvariant {
  readonly invariant: Invariant;
  readonly says: string;
  /** How many times it was looked at. */
  readonly checks: number;
  readonly breaches: number;
}

export interface SimulatedFailure {
  /** Absent for a schedule that was replayed. */
  readonly seed?: number;
  readonly breaches: readonly Breach[];
  /** As small as it gets. */
  readonly schedule: Schedule;
  readonly trace: readonly string[];
}

export interface SimulationReport {
  readonly seeds: number;
  /** Of how many keys how many were simulated. */
  readonly keys: { readonly declared: number; readonly simulated: number };
  readonly runs: number;
  readonly crashes: number;
  readonly operations: number;
  readonly faults: readonly { readonly kind: FaultKind; readonly count: number }[];
  readonly invariants: readonly CheckedInvariant[];
  readonly failure?: SimulatedFailure;
}
