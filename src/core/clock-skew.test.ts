import fc from "fast-check";
import { expect, test } from "vitest";
import { certainSkewMs, clockSkew } from "./clock-skew.ts";

const SENT = new Date("2026-11-21T12:00:00.000Z");
const after = (ms: number): Date => new Date(SENT.getTime() + ms);

test("a clock that is an hour ahead is seen to be, whatever the round trip took", () => {
  const skew = clockSkew(SENT, after(400), "Sat, 21 Nov 2026 11:00:00 GMT");
  expect(skew).toEqual({ aheadMs: 3_599_700, withinMs: 700 });
  expect(skew && certainSkewMs(skew)).toBe(3_599_000);
});

test("a clock that is behind is told with its sign", () => {
  expect(clockSkew(SENT, SENT, "Sat, 21 Nov 2026 12:10:00 GMT")).toEqual({
    aheadMs: -600_500,
    withinMs: 500,
  });
});

test("a slow answer and a date of whole seconds are no difference", () => {
  const skew = clockSkew(SENT, after(9_000), "Sat, 21 Nov 2026 12:00:08 GMT");
  expect(skew && certainSkewMs(skew)).toBe(0);
});

test.each([undefined, "", "yesterday", "2026-11-21T12:00:00Z", "Sat, 99 Nov 2026 12:00:00 GMT"])(
  "the date %j tells nothing",
  (date) => {
    expect(clockSkew(SENT, SENT, date)).toBeUndefined();
  },
);

test("a clock that is set back between request and answer is no negative round trip", () => {
  expect(clockSkew(SENT, after(-5_000), "Sat, 21 Nov 2026 12:00:00 GMT")?.withinMs).toBe(500);
});

test("clocks that agree are never said to differ, and what is said is never more than the truth", () => {
  const ms = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(fc.integer({ min: -7_200_000, max: 7_200_000 }), ms, ms, (aheadMs, thereMs, backMs) => {
      const seen = new Date(SENT.getTime() + thereMs - aheadMs).toUTCString();
      const skew = clockSkew(SENT, after(thereMs + backMs), seen);
      if (!skew) throw new Error("the date can be read");
      expect(Math.abs(skew.aheadMs - aheadMs)).toBeLessThanOrEqual(skew.withinMs + 1);
      expect(certainSkewMs(skew)).toBeLessThanOrEqual(Math.abs(aheadMs) + 1);
    }),
  );
});
