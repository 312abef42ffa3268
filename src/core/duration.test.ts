import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration, renderDuration, renderSpan } from "./duration.ts";

test.each([
  ["1m", 60_000],
  ["30m", 1_800_000],
  ["24h", 86_400_000],
  ["90d", 7_776_000_000],
  ["999999d", 999_999 * DAY_MS],
])("%s is %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  "",
  "0m",
  "00d",
  "-1d",
  "1.5h",
  "1 h",
  "90",
  "d",
  "1w",
  "1D",
  "1000000d",
  "1d ",
  "1d\n",
  "1h30m",
  "٣d",
])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, "0m"],
  [1, "1m"],
  [MINUTE_MS, "1m"],
  [MINUTE_MS + 1, "2m"],
  [90 * MINUTE_MS, "90m"],
  [HOUR_MS, "1h"],
  [36 * HOUR_MS, "36h"],
  [DAY_MS, "1d"],
  [90 * DAY_MS, "90d"],
  [90 * DAY_MS - 5, "90d"],
])("%i ms is written %s", (ms, text) => {
  expect(renderDuration(ms)).toBe(text);
});

test("what is written reads back as the same time", () => {
  const units = fc.constantFrom(MINUTE_MS, HOUR_MS, DAY_MS);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 694 }), units, (count, unit) => {
      expect(parseDuration(renderDuration(count * unit))).toBe(count * unit);
    }),
  );
});

test.each([
  [-1, "less than a minute"],
  [MINUTE_MS - 1, "less than a minute"],
  [MINUTE_MS, "1 min"],
  [HOUR_MS - 1, "59 min"],
  [HOUR_MS, "1 h"],
  [2 * DAY_MS - 1, "47 h"],
  [2 * DAY_MS, "2 days"],
  [60 * DAY_MS - 1, "59 days"],
])("%i ms are %s, rounded down", (ms, text) => {
  expect(renderSpan(ms)).toBe(text);
});
