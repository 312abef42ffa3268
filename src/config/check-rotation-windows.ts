/**
 * Whether runs come often enough for the keys. A key is rotated by the first run after it is due, so it is safe when no
 * silence of the schedule is as long as the time from when it is due until it expires: that is an error. In the worst case
 * it is rotated a whole silence late, and its consumers have only what is left of that time to take up the new key: less
 * than the overlap that was promised is a warning. That a replaced key retires late is neither: it goes on working.
 */

import type { DesiredKey } from "../core/desired.ts";
import { renderDuration } from "../core/duration.ts";
import type { Issue } from "../core/issue.ts";
import { rotationWindow } from "../core/rotation-window.ts";
import type { DriftConfig } from "./config.ts";
import { createDriftSchedule, type Silence } from "./drift-schedule.ts";

/** In the order of the keys. `drift` is valid; absent: nobody says when runs come. */
export function checkRotationWindows(
  drift: DriftConfig | undefined,
  keys: readonly DesiredKey[],
  now: Date,
): readonly Issue[] {
  const pressed = keys.flatMap((key) => {
    const windowMs = rotationWindow(key);
    return windowMs === undefined ? [] : [{ key, windowMs }];
  });
  const schedule = drift && createDriftSchedule(drift.schedule, drift.timezone);
  if (!drift || !schedule || typeof schedule === "string" || pressed.length === 0) return [];
  const silence = schedule.longestSilence(now);
  return pressed.flatMap(({ key, windowMs }) => issueOf(key, windowMs, silence, drift) ?? []);
}

function issueOf(
  key: DesiredKey,
  windowMs: number,
  silence: Silence,
  { at }: DriftConfig,
): Issue | undefined {
  const { name, origin, rotation } = key;
  const where = `${origin.file}:${origin.line}`;
  const leftMs = windowMs - silence.ms;
  if (leftMs <= 0) {
    const has = `has ${renderDuration(windowMs)} from when its rotation is due until it expires`;
    return {
      code: "CONFIG_SCHEDULE_SLOW",
      severity: "error",
      message: `${name} ${has}, but ${silenceText(silence)}`,
      hint: `run more often, or rotate it earlier (${where})`,
      at,
    };
  }
  if (leftMs >= rotation.overlapMs) return undefined;
  const promised = `instead of the overlap of ${renderDuration(rotation.overlapMs)}`;
  return {
    code: "CONFIG_SCHEDULE_LATE",
    severity: "warning",
    message: `consumers of ${name} may get ${renderDuration(leftMs)} ${promised}: ${silenceText(silence)}`,
    hint: `run more often, rotate it earlier, or promise a shorter overlap (${where})`,
    at,
  };
}

function silenceText({ from, until, ms }: Silence): string {
  const start = from.toISOString();
  if (!until) return `nothing runs after ${start}`;
  return `nothing runs for ${renderDuration(ms)} (from ${start} to ${until.toISOString()})`;
}
