import { expect, test } from "vitest";
import { aDesiredKey, at, NOW } from "./a-key.fixture.ts";
import type { DesiredKey } from "./desired.ts";
import { DAY_MS } from "./duration.ts";
import { policyBreaches } from "./policy.ts";

const OPEN = { requireExpiration: false };
const after = (ms: number): DesiredKey => aDesiredKey({ expires: { type: "after", ms } });
const until = (ms: number): DesiredKey => aDesiredKey({ expires: { type: "at", instant: at(ms) } });
const never = aDesiredKey({ expires: { type: "never" } });

test("a policy without rules is never broken", () => {
  expect(policyBreaches(never, OPEN, NOW)).toEqual([]);
});

test.each([after, until])(
  "A11: a life of 400 days is within a policy of 400 days, one millisecond more is not",
  (key) => {
    const policy = { ...OPEN, maxLifetimeDays: 400 };
    expect(policyBreaches(key(400 * DAY_MS), policy, NOW)).toEqual([]);
    expect(policyBreaches(key(400 * DAY_MS + 1), policy, NOW)).toEqual([
      { rule: "maxLifetimeDays", message: "lives 576001m; the policy allows 400d" },
    ]);
  },
);

test("a key that never expires breaks a required expiry, and no lifetime", () => {
  expect(policyBreaches(never, { requireExpiration: true, maxLifetimeDays: 90 }, NOW)).toEqual([
    { rule: "requireExpiration", message: "never expires; the policy requires an expiry" },
  ]);
  expect(policyBreaches(never, { requireExpiration: false, maxLifetimeDays: 90 }, NOW)).toEqual([]);
  expect(policyBreaches(after(DAY_MS), { requireExpiration: true }, NOW)).toEqual([]);
});

test("a role that is not allowed is named beside those that are", () => {
  const key = aDesiredKey({
    roles: [
      { type: "custom", tag: "editor" },
      { type: "default", role: "ADMIN" },
      { type: "default", role: "USER" },
    ],
  });
  expect(policyBreaches(key, { ...OPEN, allowedRoles: ["USER", "custom:reader"] }, NOW)).toEqual([
    { rule: "allowedRoles", message: "has ADMIN, custom:editor; the policy allows USER, custom:reader" },
  ]);
  expect(policyBreaches(key, { ...OPEN, allowedRoles: ["ADMIN", "USER", "custom:editor"] }, NOW)).toEqual([]);
});

test("a policy that allows no role allows no key", () => {
  expect(policyBreaches(aDesiredKey(), { ...OPEN, allowedRoles: [] }, NOW)).toEqual([
    { rule: "allowedRoles", message: "has READ_ONLY; the policy allows no role" },
  ]);
});

test("all broken rules are told", () => {
  const policy = { requireExpiration: true, maxLifetimeDays: 1, allowedRoles: ["USER"] };
  expect(policyBreaches(never, policy, NOW).map(({ rule }) => rule)).toEqual([
    "requireExpiration",
    "allowedRoles",
  ]);
  expect(policyBreaches(after(DAY_MS + 1), policy, NOW).map(({ rule }) => rule)).toEqual([
    "maxLifetimeDays",
    "allowedRoles",
  ]);
});
