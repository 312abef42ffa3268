/** What came of one schedule. */

import type { Fault } from "./schedule.ts";

export type Invariant =
  | "I1"
  | "I2"
  | "I3"
  | "I4"
  | "I5"
  | "I6"
  | "I7"
  | "I8"
  | "I9"
  /** Three runs after the faults stopped settle everything. */
  | "convergence"
  /** A settled world is left alone. */
  | "quiet"
  /** Settling takes at most twice the requests that it takes to mint every key anew and to revoke what is there. */
  | "economy"
  /** What blocks a name is blocked, and nothing else is. */
  | "blocking"
  /** Nothing but a `KeywrightError` leaves the pipeline, and no run hangs. */
  | "bug";

export interface Breach {
  readonly invariant: Invariant;
  readonly message: string;
  /** Index of the operation after which it was seen. */
  readonly at: number;
}

/** Which port an operation asks, and for what. */
export type OperationKind =
  | "store.list"
  | "store.create"
  | "store.update"
  | "store.revoke"
  | "store.verify"
  | "sink.read"
  | "sink.inspect"
  | "sink.write"
  | "sink.remove"
  | "sink.probe"
  | "ledger.records"
  | "ledger.claim"
  | "ledger.append"
  | "ledger.lease"
  | "ledger.release";

export interface PerformedOperation {
  readonly kind: OperationKind;
  /** Index of its step; what comes after the last step belongs to `steps.length`. */
  readonly step: number;
}

export interface Trial {
  readonly breaches: readonly Breach[];
  /** Over the trace: equal for equal trials. */
  readonly digest: string;
  /** One line for each operation and each happening. */
  readonly trace: readonly string[];
  readonly operations: number;
  /** Of the store, those that fail included. */
  readonly requests: number;
  /** Of them, those that change something. */
  readonly mutations: number;
  readonly performed: readonly PerformedOperation[];
  /** Reconcilers that were started. */
  readonly runs: number;
  /** How often each invariant was looked at. */
  readonly checks: ReadonlyMap<Invariant, number>;
  /** The faults that found an operation to strike. */
  readonly struck: readonly Fault[];
  /** Keys that the store made for us. */
  readonly mints: number;
  /** How often a consumer was held to be served throughout a step. */
  readonly promises: number;
}
