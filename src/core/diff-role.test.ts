import { expect, test } from "vitest";
import type { LivePolicy } from "./live.ts";
import { diffPolicy, diffRoles } from "./diff-role.ts";
import { aDesiredPolicy, aDesiredRole, aLiveRole } from "./some-facts.fixture.ts";

const livePolicy = (over: Partial<LivePolicy> = {}): LivePolicy => ({
  kind: "SecurityPolicy",
  requireExpiration: true,
  maxLifetimeDays: 365,
  ...over,
});

test("a role that is as declared is left alone, whatever the order of its permissions", () => {
  expect(
    diffRoles([aDesiredRole()], [aLiveRole({ permissions: ["View catalogs", "Edit catalogs"] })]),
  ).toEqual([]);
});

test("roles are created, updated and revoked, sorted by tag", () => {
  const desired = [aDesiredRole({ name: "c" }), aDesiredRole({ name: "a", displayName: "A" })];
  const live = [aLiveRole({ name: "b" }), aLiveRole({ name: "a" })];
  expect(diffRoles(desired, live).map(({ action, name }) => [action, name])).toEqual([
    ["update", "a"],
    ["revoke", "b"],
    ["create", "c"],
  ]);
});

test("an updated role names every field that differs", () => {
  const desired = aDesiredRole({ displayName: "E", description: "D", permissions: ["View catalogs"] });
  expect(diffRoles([desired], [aLiveRole()])).toEqual([
    {
      action: "update",
      kind: "Role",
      name: "editor",
      desired,
      fields: [
        { field: "displayName", from: "Editor", to: "E" },
        { field: "description", from: "Edits", to: "D" },
        { field: "permissions", from: "Edit catalogs, View catalogs", to: "View catalogs" },
      ],
    },
  ]);
});

test("one permission with a comma is not two permissions", () => {
  expect(
    diffRoles([aDesiredRole({ permissions: ["a, b"] })], [aLiveRole({ permissions: ["a", "b"] })]),
  ).toHaveLength(1);
});

test("a policy is managed only where it is declared and the store has one", () => {
  expect(diffPolicy(undefined, livePolicy())).toEqual([]);
  expect(diffPolicy(aDesiredPolicy(), undefined)).toEqual([]);
  expect(diffPolicy(aDesiredPolicy(), livePolicy())).toEqual([]);
});

test("a changed policy names every field that differs", () => {
  const desired = aDesiredPolicy({ requireExpiration: false, maxLifetimeDays: 90, allowedRoles: ["USER"] });
  expect(diffPolicy(desired, livePolicy())).toEqual([
    {
      action: "update",
      kind: "SecurityPolicy",
      name: "policy",
      desired,
      fields: [
        { field: "requireExpiration", from: "true", to: "false" },
        { field: "maxLifetimeDays", from: "365", to: "90" },
        { field: "allowedRoles", to: "USER" },
      ],
    },
  ]);
});

test("a policy that allows every role differs from one that allows none", () => {
  const { maxLifetimeDays: _, ...endless } = aDesiredPolicy();
  const { maxLifetimeDays: __, ...live } = livePolicy({ allowedRoles: [] });
  expect(diffPolicy(endless, live)[0]?.fields).toEqual([{ field: "allowedRoles", from: "" }]);
});
