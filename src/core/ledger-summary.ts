/** What a whole ledger holds, once every line of it has been checked. */

import type { EffectIntent } from "./ledger-event.ts";

/** The last line: whoever notes it can tell later whether the ledger still contains what it contained then. */
export interface LedgerHead {
  readonly sequence: number;
  /** 64 hex digits. */
  readonly hash: string;
}

export interface LedgerSummary {
  readonly lines: number;
  readonly runs: number;
  /** Keys that have a record. */
  readonly keys: number;
  /** When the first and the last line were written, ISO 8601, and the last line itself; absent when there is none. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  readonly head?: LedgerHead;
  /** Effects that were announced and whose outcome nobody recorded, oldest first. */
  readonly openIntents: readonly OpenIntent[];
}

/**
 * `not-begun`: its run came to its end without it. `unknown`: its run died, so it may have been carried out. `settled`:
 * the same, but a later run has ended since, and every run begins with what store and sinks really hold.
 */
export type IntentState = "not-begun" | "unknown" | "settled";

export interface OpenIntent extends EffectIntent {
  readonly state: IntentState;
}
