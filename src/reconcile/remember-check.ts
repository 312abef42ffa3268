/** Writes into the ledger that a check was made, so that a scheduler that falls silent is noticed: `core/schedule/`. */

import type { DriftReport } from "../core/drift/drift-report.ts";
import type { Clock, Ledger } from "../core/ports.ts";
import type { LastCheck } from "../core/schedule/check-schedule.ts";
import { lastCheckOf } from "../core/schedule/last-check-of.ts";
import { noteCheck } from "../core/schedule/note-check.ts";
import { rewriteSchedule } from "./rewrite-schedule.ts";

export interface CheckPorts {
  readonly ledger: Pick<Ledger, "records" | "claim">;
  readonly clock: Clock;
  /** Of the schedule, from now on; absent: none is known. */
  readonly longestSilenceMs?: () => number;
}

export interface Checker {
  /** For people: who and where. */
  readonly holder: string;
  /** The daemon whose claim ends with this check; absent: it is none's. */
  readonly claimant?: string;
}

/** `report`: what the last look told; absent: it failed. Gives what was written. */
export async function rememberCheck(
  { ledger, clock, longestSilenceMs }: CheckPorts,
  { holder, claimant }: Checker,
  report?: DriftReport,
): Promise<LastCheck> {
  const check = lastCheckOf(report, clock.now(), holder, longestSilenceMs?.());
  return rewriteSchedule(ledger, (before) => ({ result: check, next: noteCheck(before, check, claimant) }));
}
