import { expect, test } from "vitest";
import type { Change } from "../core/change.ts";
import type { DesiredPolicy, DesiredRole } from "../core/desired.ts";
import { describeChange, overlapGist } from "./describe-change.ts";
import { aCreate, aKey, aRef, aRevocation, aRotation, anUpdate, NOW } from "./plan.fixture.ts";

const detailsOf = (change: Change): readonly string[] =>
  describeChange(change, NOW).details.map(({ label, text }) => `${label}: ${text}`);

test("a new key tells its roles, its end and where it goes", () => {
  const desired = aKey({
    roles: [
      { type: "custom", tag: "editor" },
      { type: "default", role: "USER" },
    ],
    deliverTo: [
      { sink: "local", path: "a" },
      { sink: "vault", path: "b", field: "token" },
    ],
    protected: true,
  });
  expect(detailsOf(aCreate({ desired }))).toEqual([
    "roles: USER, custom:editor",
    "expires: 90d after it is minted: about 2027-02-19 08:00 UTC",
    "goes to: local: path=a",
    "goes to: vault: field=token path=b",
    "protected: yes",
  ]);
});

test.each([
  ["never", aKey({ expires: { type: "never" } }), "never"],
  ["on a date", aKey({ expires: { type: "at", instant: "2027-03-31T12:00:00Z" } }), "2027-03-31 12:00 UTC"],
])("a key that expires %s says so", (_, desired, words) => {
  expect(detailsOf(aCreate({ desired }))).toContain(`expires: ${words}`);
});

const OVERLAP = "overlap: new key now, old key k_123 (…abcd)";

test.each([
  [
    "for its overlap",
    aRotation(),
    "stays valid until about 2026-11-22 08:00 UTC (24h overlap), and the next run after that revokes it",
  ],
  [
    "until the next run, without overlap",
    aRotation({ desired: aKey({ rotation: { trigger: { type: "disabled" }, overlapMs: 0 } }) }),
    "stays valid until the next run revokes it (no overlap)",
  ],
  [
    "until its own end, if that comes first",
    aRotation({ current: aRef({ expiresAt: "2026-11-21T20:00:00.000Z" }) }),
    "stays valid until it expires at 2026-11-21 20:00 UTC (before its 24h overlap ends)",
  ],
  ["no longer, once expired", aRotation({ current: aRef({ expiresAt: NOW.toISOString() }) }), "is not valid"],
])("a rotation tells how long the old key works: %s", (_, change, words) => {
  expect(detailsOf(change)).toContain(`${OVERLAP} ${words}`);
});

test.each([
  ["until a date", {}, "the old key stays valid until about 2026-11-22 08:00 UTC"],
  [
    "until the next run",
    { desired: aKey({ rotation: { trigger: { type: "disabled" }, overlapMs: 0 } }) },
    "the old key stays valid until the next run",
  ],
  ["not at all", { reasons: [{ code: "leaked", message: "" }] }, "the old key is revoked in the same run"],
  ["no longer", { current: aRef({ expiresAt: NOW.toISOString() }) }, "the old key is not valid"],
] as const)("a rotation tells in a few words how long the old key works: %s", (_, over, words) => {
  expect(overlapGist(aRotation(over), NOW)).toBe(words);
});

test("a leaked key has no overlap, and says so", () => {
  const reasons = [{ code: "leaked", message: "the secret of k_123 (…abcd) leaked" }] as const;
  expect(detailsOf(aRotation({ reasons }))).toContain(
    "overlap: none: new key now, old key k_123 (…abcd) is revoked in the same run, once the new one is in every sink",
  );
});

test.each([
  ["removed", "its manifest is gone"],
  ["leaked", "its secret leaked; it is revoked as soon as another key is in place, without overlap"],
  ["asked", "a person asked for its end by name"],
  ["superseded", "a newer key took its place and the overlap is over"],
  [
    "unminted",
    "an earlier run did not get it made, or died before that; only its traces in ledger and sinks are cleared",
  ],
] as const)("a revocation says why: %s", (reason, words) => {
  const change = aRevocation({ reason, protected: true });
  expect(describeChange(change, NOW).reasons).toEqual([words]);
  const key = reason === "unminted" ? [] : ["key: k_123 (…abcd), made 2026-11-01 08:00 UTC"];
  expect(detailsOf(change)).toEqual([...key, "protected: yes"]);
});

test("an update tells its fields, its rename and the key it keeps", () => {
  const described = describeChange(anUpdate({ renamedFrom: "scan" }), NOW);
  expect(described).toMatchObject({ renamedFrom: "scan", fields: [{ field: "description" }], reasons: [] });
  expect(described.details).toEqual([{ label: "key", text: "k_123 (…abcd)" }]);
});

const origin = { file: "roles.yaml", line: 1, column: 1 };
const role: DesiredRole = {
  kind: "Role",
  name: "editor",
  displayName: "Editor",
  description: "",
  permissions: ["Edit", "View"],
  origin,
};
const policy: DesiredPolicy = {
  kind: "SecurityPolicy",
  name: "baseline",
  requireExpiration: true,
  requireRotation: false,
  requireOwner: false,
  origin,
};

test("roles and the policy are told by what matters about them", () => {
  const fields = [{ field: "maxLifetimeDays", from: "365", to: "90" }];
  expect(detailsOf({ action: "create", kind: "Role", name: "editor", desired: role })).toEqual([
    "permissions: Edit, View",
  ]);
  expect(
    detailsOf({ action: "create", kind: "Role", name: "editor", desired: { ...role, permissions: [] } }),
  ).toEqual(["permissions: (none)"]);
  expect(
    describeChange({ action: "update", kind: "Role", name: "editor", desired: role, fields }, NOW),
  ).toMatchObject({ fields, at: origin, details: [] });
  expect(describeChange({ action: "revoke", kind: "Role", name: "editor" }, NOW)).toEqual({
    action: "revoke",
    kind: "Role",
    name: "editor",
    reasons: ["its manifest is gone"],
    fields: [],
    details: [],
  });
  expect(
    describeChange(
      { action: "update", kind: "SecurityPolicy", name: "baseline", desired: policy, fields },
      NOW,
    ),
  ).toMatchObject({ fields, at: origin });
});
