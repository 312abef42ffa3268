import { expect, test } from "vitest";
import { renderTimeLeft } from "./notice-message.ts";

const HOUR = 3_600_000;

test.each([
  [30 * 24 * HOUR, "in 30 days"],
  [7 * 24 * HOUR - 59_000, "in 7 days"],
  [5.2 * 24 * HOUR, "in 5 days"],
  [24 * HOUR, "in 1 day"],
  [24 * HOUR - 60_000, "in 1 day"],
  [23 * HOUR, "in 23 hours"],
  [HOUR, "in 1 hour"],
  [HOUR - 1, "in less than an hour"],
  [1, "in less than an hour"],
])("%i ms are %s", (ms, expected) => {
  expect(renderTimeLeft(ms)).toBe(expected);
});
