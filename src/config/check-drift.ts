/** Whether the schedule of runs is one. */

import { isTimeZone } from "../manifests/end-of-day.ts";
import type { IssueText } from "../manifests/issue-at.ts";
import { noTimeZone } from "../manifests/no-time-zone.ts";
import { quote } from "../manifests/quote.ts";
import type { NodePath } from "../manifests/source-node.ts";
import type { Config } from "./config.ts";
import { createDriftSchedule } from "./drift-schedule.ts";

export interface DriftFault extends IssueText {
  readonly path: NodePath;
}

export function checkDrift({ drift }: Pick<Config, "drift">): readonly DriftFault[] {
  if (!drift) return [];
  const { schedule, timezone } = drift;
  if (!isTimeZone(timezone)) {
    return [{ code: "CONFIG_TIME_ZONE", path: ["drift", "timezone"], ...noTimeZone(timezone) }];
  }
  const made = createDriftSchedule(schedule, timezone);
  if (typeof made !== "string") return [];
  const message = `${quote(schedule)} is no schedule: ${made}`;
  const hint = 'write minute, hour, day of the month, month and day of the week, such as "17 6 * * *"';
  return [{ code: "CONFIG_SCHEDULE", path: ["drift", "schedule"], message, hint }];
}
