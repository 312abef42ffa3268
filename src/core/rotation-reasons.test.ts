/** Each reason for which a key is replaced, by name: alone, and with what it makes of a whole plan. */

import { expect, test } from "vitest";
import { aCurrent, aDesiredKey, aLiveKey, aRecord, at, holding, SLOT } from "./a-key.fixture.ts";
import type { DesiredKey } from "./desired.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import type { RotationCode } from "./rotation.ts";
import { aPlan, type FactsParts, someFacts } from "./some-facts.fixture.ts";

/** Minted `ageMs` ago for `lifeMs`, whatever the manifest asked for. */
function aged(ageMs: number, lifeMs: number): FactsParts {
  const key = aLiveKey({ createdAt: at(-ageMs), expiresAt: at(lifeMs - ageMs) });
  return { live: [key], records: [aRecord(key)] };
}

const scheduled = (trigger: DesiredKey["rotation"]["trigger"]): readonly DesiredKey[] => [
  aDesiredKey({ rotation: { trigger, overlapMs: HOUR_MS } }),
];

const STRANGER = { type: "value", fingerprint: "fp-else", last4: "eeee" } as const;
const WHY = { name: "scanner", reason: "seen in a chat" } as const;

const REASONS: readonly (readonly [string, RotationCode, FactsParts])[] = [
  [
    "its role changed",
    "roles-changed",
    { keys: [aDesiredKey({ roles: [{ type: "default", role: "USER" }] })] },
  ],
  ["its expiry changed", "expiry-changed", { keys: [aDesiredKey({ expires: { type: "never" } })] }],
  [
    "it has its age",
    "age",
    { ...aged(31 * DAY_MS, 90 * DAY_MS), keys: scheduled({ type: "every", ms: 30 * DAY_MS }) },
  ],
  [
    "it nears its end",
    "nearing-expiry",
    { ...aged(84 * DAY_MS, 90 * DAY_MS), keys: scheduled({ type: "before", ms: 7 * DAY_MS }) },
  ],
  ["two thirds of its life are over", "nearing-expiry", aged(60 * DAY_MS, 90 * DAY_MS)],
  [
    "two thirds of the life that the store gave it are over",
    "nearing-expiry",
    aged(20 * DAY_MS, 30 * DAY_MS),
  ],
  ["it has expired", "expired", aged(91 * DAY_MS, 90 * DAY_MS)],
  ["a person asks for it", "on-demand", { requests: [{ type: "rotate", ...WHY }] }],
  ["its secret leaked", "leaked", { requests: [{ type: "leak", ...WHY, operation: "op1" }] }],
  ["its sink holds another value", "sink-stale", { slots: [[SLOT, STRANGER]] }],
  ["its sink holds none", "sink-empty", { slots: [[SLOT, { type: "empty" }]] }],
  ["it is missing in the store", "missing", { live: [] }],
];

test.each(REASONS)("a key is replaced because %s", (_, code, parts) => {
  const mints = aPlan(someFacts(parts)).changes.flatMap((change) =>
    change.kind === "ApiKey" && "reasons" in change ? [change.reasons] : [],
  );
  expect(mints).toHaveLength(1);
  expect(mints[0]?.map((reason) => reason.code)).toContain(code);
});

test.each([
  ["before two thirds of its life are over", aged(59 * DAY_MS, 90 * DAY_MS)],
  ["before two thirds of the life that the store gave it are over", aged(19 * DAY_MS, 30 * DAY_MS)],
])("a key stays %s", (_, parts) => {
  expect(aPlan(someFacts(parts)).changes).toEqual([]);
});

test("a rename is no rotation", () => {
  const keys = [aDesiredKey({ name: "renamed", previousNames: ["scanner"] })];
  const [change, ...others] = aPlan(someFacts({ keys })).changes;
  expect(others).toEqual([]);
  expect(change).toMatchObject({ action: "update", renamedFrom: "scanner" });
});

test("only a leak has no overlap: whatever else replaces a key leaves the old one to a later run", () => {
  for (const [name, code, parts] of REASONS) {
    const revoked = aPlan(someFacts(parts)).changes.filter(({ action }) => action === "revoke");
    expect(revoked.length > 0, name).toBe(code === "leaked");
  }
});

test("a rotation never asks for more than the manifest: the same roles and the same rule of its end", () => {
  const desired = aDesiredKey();
  const live = [aLiveKey()];
  const slots = [[SLOT, holding(aLiveKey())]] as const;
  const records = [aRecord(aLiveKey(), { current: aCurrent() })];
  const requests = [{ type: "rotate", ...WHY }] as const;
  const [change] = aPlan(someFacts({ keys: [desired], live, slots, records, requests })).changes;
  expect(change).toMatchObject({ action: "rotate", desired, fields: [] });
});
