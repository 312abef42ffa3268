import { expect, test } from "vitest";
import { DAY_MS, MINUTE_MS } from "../core/duration.ts";
import { jitterOf } from "./jitter.ts";

const most = { bytes: () => new Uint8Array([255, 255, 255]) };
const least = { bytes: () => new Uint8Array([0, 0, 0]) };

test("a daemon waits a tenth of the pause at most, and a minute at most, unless it is told otherwise", () => {
  expect(jitterOf(least, DAY_MS)).toBe(0);
  expect(jitterOf(most, 5 * MINUTE_MS)).toBe(29_999);
  expect(jitterOf(most, DAY_MS)).toBe(59_999);
  expect(jitterOf(most, DAY_MS, 5 * MINUTE_MS)).toBe(299_999);
  expect(jitterOf(most, DAY_MS, 0)).toBe(0);
});

test("it never waits until the next time of the schedule", () => {
  expect(jitterOf(most, 2 * MINUTE_MS, DAY_MS)).toBe(59_999);
});
