import { Cron } from "croner";
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/duration.ts";
import { createDriftSchedule, type Silence } from "./drift-schedule.ts";

const NOW = new Date("2026-11-21T08:00:00Z");

function silenceOf(schedule: string, timeZone = "UTC", from = NOW): Silence {
  const made = createDriftSchedule(schedule, timeZone);
  if (typeof made === "string") throw new Error(made);
  return made.longestSilence(from);
}

test.each([
  ["17 6 * * *", "UTC", DAY_MS],
  ["* * * * *", "UTC", MINUTE_MS],
  ["*/7 * * * *", "UTC", 7 * MINUTE_MS],
  ["0 */6 * * *", "UTC", 6 * HOUR_MS],
  ["0 8-18 * * 1-5", "UTC", 2 * DAY_MS + 14 * HOUR_MS],
  ["0 0 1 * *", "UTC", 31 * DAY_MS],
  ["0 0 1 1 *", "UTC", 365 * DAY_MS],
  ["0 0 29 2 *", "UTC", 4 * 365.25 * DAY_MS],
  ["17 6 * * *", "Europe/Berlin", 25 * HOUR_MS],
  ["0 */6 * * *", "Europe/Berlin", 7 * HOUR_MS],
  ["30 2,14 * * *", "America/New_York", 23 * HOUR_MS],
] as const)("%s in %s is silent for its longest gap at most", (schedule, timeZone, ms) => {
  expect(silenceOf(schedule, timeZone).ms).toBe(ms);
});

test("a schedule that fires every day is told by the day that is longest", () => {
  expect(silenceOf("17 6 * * *", "Europe/Berlin")).toEqual({
    from: new Date("2027-10-30T04:17:00.000Z"),
    until: new Date("2027-10-31T05:17:00.000Z"),
    ms: 25 * HOUR_MS,
  });
});

/** Every firing of a year, asked for one by one. */
function slowly(schedule: string, timezone: string): number {
  const cron = new Cron(schedule, { mode: "5-part", timezone, paused: true });
  let [at, longest] = [cron.nextRun(NOW), 0];
  while (at && at.getTime() < NOW.getTime() + 366 * DAY_MS) {
    const next = cron.nextRun(at);
    longest = Math.max(longest, (next?.getTime() ?? Infinity) - at.getTime());
    at = next;
  }
  return longest;
}

test.each([
  ["5 */3 * * *", "Europe/Berlin"],
  ["30 2 * * *", "Europe/Berlin"],
  ["0 1-4 * * *", "America/New_York"],
  ["15 0,12 * * *", "Australia/Lord_Howe"],
  ["0 5 * * 1,4", "America/Sao_Paulo"],
  ["45 23 L * *", "Asia/Kolkata"],
])("%s in %s: leaps find what a walk finds", (schedule, timeZone) => {
  expect(silenceOf(schedule, timeZone).ms).toBe(slowly(schedule, timeZone));
});

test.each([
  ["61 * * * *", "Invalid value for minute: 61"],
  ["17 6 * * * *", "it does not have five fields"],
  ["17 6 * *", "it does not have five fields"],
  ["@daily", "it does not have five fields"],
  ["? 6 * * *", "? is another time with every start"],
  ["0 0 31 2 *", "that date never comes"],
  ["6 6 6 XYZ *", "illegal characters"],
])("%s is no schedule: %s", (schedule, why) => {
  expect(createDriftSchedule(schedule, "UTC")).toContain(why);
});
