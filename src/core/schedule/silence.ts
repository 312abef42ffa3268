/** Whether those who should check still do. */

import { DAY_MS, MINUTE_MS, renderDuration } from "../duration.ts";
import type { Facts } from "../facts.ts";
import { type CheckSchedule, scheduleOf } from "./check-schedule.ts";

export interface SchedulerSilence {
  /** When the last check ended. ISO 8601. */
  readonly since: string;
  /** One line, the same as long as there is no check. */
  readonly message: string;
}

/** Schedulers elsewhere are late by minutes, and drop a run now and then. */
export const silenceMargin = (longestMs: number): number =>
  Math.min(Math.max(longestMs / 2, 15 * MINUTE_MS), DAY_MS / 4);

/**
 * Undefined as long as there may be no check yet, where no schedule is configured, and before the first check by a schedule:
 * who never began is not silent. A schedule that became denser since the last check counts from the next one on.
 */
export function schedulerSilence({
  records,
  longestSilenceMs,
  now,
}: Pick<Facts, "records" | "longestSilenceMs" | "now">): SchedulerSilence | undefined {
  const { lastCheck } = scheduleOf(records);
  if (lastCheck?.dueWithinMs === undefined || longestSilenceMs === undefined) return undefined;
  const ageMs = now.getTime() - Date.parse(lastCheck.at);
  const longestMs = Math.max(longestSilenceMs, lastCheck.dueWithinMs);
  if (!(ageMs > longestMs + silenceMargin(longestMs))) return undefined;
  const longest = renderDuration(longestMs);
  return {
    since: lastCheck.at,
    message: `no check since ${lastCheck.at}, though the schedule (drift.schedule) leaves at most ${longest} between two`,
  };
}

/** What to tell a monitor that wants a good check no older than `maxAgeMs`; undefined: there is one. */
export function lateCheck(
  { lastCheck, lastGoodAt }: CheckSchedule,
  maxAgeMs: number,
  now: Date,
): string | undefined {
  const wanted = `within ${renderDuration(maxAgeMs)}`;
  if (lastGoodAt === undefined) {
    return `no check for drift ${wanted}: ${lastCheck ? "none has seen everything yet" : "there was none yet"}`;
  }
  if (now.getTime() - Date.parse(lastGoodAt) <= maxAgeMs) return undefined;
  const since =
    lastCheck && lastCheck.at > lastGoodAt ? `, and the last one, at ${lastCheck.at}, ${WHY}` : "";
  return `no good check for drift ${wanted}: the last good one was at ${lastGoodAt}${since}`;
}

const WHY = "did not see everything";
