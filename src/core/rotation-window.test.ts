import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, at, NOW } from "./a-key.fixture.ts";
import type { DesiredKey } from "./desired.ts";
import { DAY_MS } from "./duration.ts";
import { rotationDueAt } from "./rotation.ts";
import { rotationWindow } from "./rotation-window.ts";

const after = { type: "after", ms: 90 * DAY_MS } as const;
const rule = (trigger: DesiredKey["rotation"]["trigger"]) => ({ trigger, overlapMs: DAY_MS });

test.each([
  ["at a share of its life", { type: "at", fraction: 0.75 }, 22.5],
  ["before its end", { type: "before", ms: 14 * DAY_MS }, 14],
  ["at an age", { type: "every", ms: 30 * DAY_MS }, 60],
] as const)("a key that is rotated %s has the time from then to its end", (_name, trigger, days) => {
  const desired = aDesiredKey({ expires: after, rotation: rule(trigger) });
  expect(rotationWindow(desired)).toBe(days * DAY_MS);
  const key = aLiveKey({ createdAt: NOW.toISOString(), expiresAt: at(after.ms) });
  const due = rotationDueAt(desired, key)?.at ?? "never";
  expect(NOW.getTime() + after.ms - Date.parse(due)).toBe(days * DAY_MS);
});

test("a key that is not rotated by schedule, never expires or ends at a fixed date has all the time", () => {
  expect(rotationWindow({ expires: after, rotation: rule({ type: "disabled" }) })).toBeUndefined();
  const every = rule({ type: "every", ms: DAY_MS });
  expect(rotationWindow({ expires: { type: "never" }, rotation: every })).toBeUndefined();
  expect(rotationWindow({ expires: { type: "at", instant: at(DAY_MS) }, rotation: every })).toBeUndefined();
});
