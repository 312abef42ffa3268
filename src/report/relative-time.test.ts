import { expect, test } from "vitest";
import { renderElapsed, renderRelative } from "./relative-time.ts";
import { renderInstant } from "./render-instant.ts";

const now = new Date("2026-11-21T08:00:00Z");

test.each([
  ["2027-01-19T08:00:00Z", "in 59 days"],
  ["2026-11-23T07:59:59Z", "in 47 h"],
  ["2026-11-21T05:00:00Z", "3 h ago"],
  ["2026-11-21T08:12:30Z", "in 12 min"],
  ["2026-11-21T08:00:00Z", "less than a minute ago"],
  ["2026-11-21T08:00:59Z", "in less than a minute"],
  ["soon\u001b[2J", "soon\\u{1b}[2J"],
])("%s is told as %s", (iso, words) => {
  expect(renderRelative(iso, now)).toBe(words);
});

test.each([
  [0, "0.0 s"],
  [1234, "1.2 s"],
  [-5, "0.0 s"],
  [90_000, "1 min"],
])("%i ms take %s", (ms, words) => {
  expect(renderElapsed(ms)).toBe(words);
});

test("an instant is told in UTC to the minute, whatever its offset", () => {
  expect(renderInstant("2026-11-22T10:00:59.999+02:00")).toBe("2026-11-22 08:00 UTC");
  expect(renderInstant("never\u0007")).toBe("never\\u{7}");
});
