/** What probes and figures tell of a daemon, kept up to date by its loop. */

import type { ErrorCode } from "../core/error.ts";
import type { CheckSchedule } from "../core/schedule/check-schedule.ts";
import { silenceMargin } from "../core/schedule/silence.ts";
import type { CheckOutcome } from "./check-outcome.ts";

/** What became of a firing. `skipped`: it came while a check was under way. */
export const TICK_OUTCOMES = ["checked", "elsewhere", "skipped", "failed"] as const;

export type TickOutcome = (typeof TICK_OUTCOMES)[number];

export interface DaemonFigures {
  readonly noteCheck: (outcome: CheckOutcome) => void;
  /** As the ledger has it, where another daemon checked. */
  readonly noteSchedule: (schedule: CheckSchedule) => void;
  readonly noteTicks: (outcome: TickOutcome, count: number) => void;
  readonly noteLeading: (isLeading: boolean) => void;
}

export interface DaemonState {
  /** When the loop last took up a firing. */
  turnAt: Date;
  /** Of the schedule as it was last read. */
  longestSilenceMs: number;
  /** Why no check can be counted on; undefined: the last one got through. */
  unreadiness: string | undefined;
  /** A check that did not end in time is still under way. */
  isHanging: boolean;
  isEnding: boolean;
}

export const createDaemonState = (now: Date): DaemonState => ({
  turnAt: now,
  longestSilenceMs: 0,
  unreadiness: "there was no check yet",
  isHanging: false,
  isEnding: false,
});

export const unreadyFor = (code: ErrorCode | "BUG"): string => `the last check failed: ${code}`;

/** Why the process should be started anew; undefined: it is well. `limitMs`: of a check. */
export function lifelessness(
  { turnAt, longestSilenceMs, isHanging, isEnding }: DaemonState,
  limitMs: number,
  now: Date,
): string | undefined {
  if (isEnding) return undefined;
  if (isHanging) return "a check that did not end in time is still under way";
  const mostMs = longestSilenceMs + silenceMargin(longestSilenceMs) + limitMs;
  if (now.getTime() - turnAt.getTime() <= mostMs) return undefined;
  return `no time of the schedule was taken up since ${turnAt.toISOString()}`;
}
