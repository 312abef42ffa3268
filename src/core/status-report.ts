/** All that `keywright status` tells: each key, what was applied, and whether somebody checks. */

import { type Applied, baselineOf } from "./baseline.ts";
import type { Facts } from "./facts.ts";
import { type CheckSchedule, scheduleOf } from "./schedule/check-schedule.ts";
import { lateCheck, schedulerSilence } from "./schedule/silence.ts";
import { type KeyStanding, standings } from "./status.ts";

export interface StatusReport {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Status";
  readonly instance: string;
  /** ISO 8601. */
  readonly at: string;
  readonly keys: readonly KeyStanding[];
  /** Absent: no run has said. */
  readonly applied?: Pick<Applied, "at" | "commit">;
  readonly lastCheck?: NonNullable<CheckSchedule["lastCheck"]>;
  /** When a check last saw everything. ISO 8601. */
  readonly lastGoodCheckAt?: string;
  /** That checks do not come as configured. */
  readonly silence?: string;
  /** That there was no good check within the time that was asked for. */
  readonly late?: string;
}

/** `maxAgeMs`: how old the last good check may be; absent: as old as it is. */
export function statusOf(facts: Facts, maxAgeMs?: number): StatusReport {
  const { records, now, desired } = facts;
  const { applied } = baselineOf(records);
  const schedule = scheduleOf(records);
  const silence = schedulerSilence(facts);
  const late = maxAgeMs === undefined ? undefined : lateCheck(schedule, maxAgeMs, now);
  return {
    apiVersion: "keywright/v1",
    kind: "Status",
    instance: desired.instance,
    at: now.toISOString(),
    keys: standings(facts),
    ...(applied && { applied: { at: applied.at, ...(applied.commit && { commit: applied.commit }) } }),
    ...(schedule.lastCheck && { lastCheck: schedule.lastCheck }),
    ...(schedule.lastGoodAt !== undefined && { lastGoodCheckAt: schedule.lastGoodAt }),
    ...(silence && { silence: silence.message }),
    ...(late !== undefined && { late }),
  };
}
