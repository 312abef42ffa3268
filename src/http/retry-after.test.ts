import { expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = new Date("2026-11-21T08:15:00.000Z");

const answer = (retryAfter: string | undefined, body = "") => ({
  status: 429,
  headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
  body,
});

test.each([
  ["seconds", answer("3600"), 3_600_000],
  ["none at all", answer("0"), 0],
  ["a date", answer("Sat, 21 Nov 2026 08:16:30 GMT"), 90_000],
  ["a date that has passed", answer("Sat, 21 Nov 2026 08:00:00 GMT"), 0],
  ["the body's number, where there is no header", answer(undefined, '{"retryAfter":7}'), 7_000],
  ["the body's text", answer(undefined, '{"retryAfter":"7"}'), 7_000],
  ["the header before the body", answer("2", '{"retryAfter":7}'), 2_000],
  ["the body, where the header makes no sense", answer("soon", '{"retryAfter":7}'), 7_000],
  ["nothing", answer(undefined, "slow down"), undefined],
  ["a negative number", answer("-5"), undefined],
  ["a list", answer(undefined, '{"retryAfter":[1]}'), undefined],
  ["a body that is no object", answer(undefined, "7"), undefined],
])("%s", (_what, response, expected) => {
  expect(retryAfterMs(response, NOW)).toBe(expected);
});
