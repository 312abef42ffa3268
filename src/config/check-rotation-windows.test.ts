import { expect, test } from "vitest";
import { aDesiredKey } from "../core/a-key.fixture.ts";
import type { DesiredKey } from "../core/desired.ts";
import { DAY_MS, HOUR_MS } from "../core/duration.ts";
import { checkRotationWindows } from "./check-rotation-windows.ts";

const NOW = new Date("2026-11-21T08:00:00Z");
const AT = { file: "keywright.yaml", line: 9, column: 13 };

const check = (schedule: string, keys: readonly DesiredKey[], timezone = "UTC") =>
  checkRotationWindows({ schedule, timezone, at: AT }, keys, NOW);

/** Lives 90 days, and is due this long before its end. */
const aKey = (windowMs: number, overlapMs = 0, name = "scanner"): DesiredKey =>
  aDesiredKey({ name, rotation: { trigger: { type: "before", ms: windowMs }, overlapMs } });

test("a silence must be shorter than the time from due to expired, not as long", () => {
  expect(check("17 6 * * *", [aKey(DAY_MS + 1)])).toEqual([]);
  expect(check("17 6 * * *", [aKey(DAY_MS)]).map(({ code }) => code)).toEqual(["CONFIG_SCHEDULE_SLOW"]);
});

test("a schedule that is too slow is told at its line, with the key and the silence", () => {
  expect(check("0 6 * * 1", [aKey(3 * DAY_MS)])).toEqual([
    {
      code: "CONFIG_SCHEDULE_SLOW",
      severity: "error",
      message:
        "scanner has 3d from when its rotation is due until it expires, but nothing runs for 7d (from 2026-11-16T06:00:00.000Z to 2026-11-23T06:00:00.000Z)",
      hint: "run more often, or rotate it earlier (keys/scanner.yaml:1)",
      at: AT,
    },
  ]);
});

test("the day of 25 hours counts", () => {
  const keys = [aKey(24.5 * HOUR_MS)];
  expect(check("17 6 * * *", keys)).toEqual([]);
  expect(check("17 6 * * *", keys, "Europe/Berlin")).toHaveLength(1);
});

test("every key that it is too slow for is told, and no other", () => {
  const never = aDesiredKey({ name: "never", expires: { type: "never" } });
  const keys = [aKey(HOUR_MS, 0, "a"), aKey(30 * DAY_MS, 0, "b"), never, aKey(DAY_MS, 0, "d")];
  expect(check("17 6 * * *", keys).map(({ message }) => message.split(" ")[0])).toEqual(["a", "d"]);
});

test("an overlap that cannot be kept in the worst case is a warning", () => {
  expect(check("17 6 * * *", [aKey(2 * DAY_MS, DAY_MS)])).toEqual([]);
  const [issue, ...others] = check("17 6 * * *", [aKey(2 * DAY_MS, DAY_MS + HOUR_MS)]);
  expect(others).toEqual([]);
  expect(issue).toMatchObject({ code: "CONFIG_SCHEDULE_LATE", severity: "warning", at: AT });
  expect(issue?.message).toMatch(
    /^consumers of scanner may get 1d instead of the overlap of 25h: nothing runs for 1d/,
  );
});

test("without a schedule, or without a key that is pressed for time, nothing is told", () => {
  expect(checkRotationWindows(undefined, [aKey(1)], NOW)).toEqual([]);
  expect(check("0 0 29 2 *", [aDesiredKey({ expires: { type: "never" } })])).toEqual([]);
});
