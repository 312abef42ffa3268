import { expect, test } from "vitest";
import { aDesiredKey, aForeignKey, aLiveKey } from "./a-key.fixture.ts";
import type { DesiredRole, DesiredSecret } from "./desired.ts";
import { aDesiredPolicy } from "./some-facts.fixture.ts";
import { needsOf } from "./store-needs.ts";

const SECRET: DesiredSecret = {
  kind: "Secret",
  name: "s",
  tag: "s",
  displayName: "S",
  valueFrom: { sink: "local", path: "s" },
  origin: aDesiredKey().origin,
};

const { origin } = aDesiredKey();
const aRole: DesiredRole = {
  kind: "Role",
  name: "editor",
  displayName: "E",
  description: "",
  permissions: ["View roles"],
  origin,
};

test("what is declared is asked for: roles once and in order, kinds, what custom roles permit, the key that we are", () => {
  const keys = [
    aDesiredKey({ roles: [{ type: "default", role: "USER" }] }),
    aDesiredKey({ roles: [{ type: "custom", tag: "editor" }] }),
    aDesiredKey({
      roles: [{ type: "default", role: "USER" }],
      scope: { datasets: { mode: "see_all" } } as never,
    }),
  ];
  const desired = { instance: "acme", keys, roles: [aRole], policy: aDesiredPolicy() };
  expect(needsOf(desired, [], "ak9")).toEqual({
    roles: [
      { type: "default", role: "USER" },
      { type: "custom", tag: "editor" },
    ],
    permissions: new Map([["editor", ["View roles"]]]),
    kinds: new Set(["ApiKey", "Role", "SecurityPolicy"]),
    hasScopes: true,
    ownKeyId: "ak9",
  });
});

test("keys that are ours are revoked with the rights that they have; foreign ones ask for nothing", () => {
  const admin = [{ type: "default", role: "ADMIN" }] as const;
  const nothing = { instance: "acme", keys: [], roles: [] };
  expect(needsOf(nothing, [aLiveKey({ roles: admin })])).toMatchObject({
    roles: admin,
    kinds: new Set(["ApiKey"]),
  });
  const others = [aForeignKey({ roles: admin }), aLiveKey({ roles: admin }, { instance: "other" })];
  expect(needsOf(nothing, others)).toEqual({
    roles: [],
    permissions: new Map(),
    kinds: new Set(),
    hasScopes: false,
  });
});

test("secrets and the allowlist each ask for their right, once there are any", () => {
  const nothing = { instance: "acme", keys: [], roles: [] };
  expect(needsOf({ ...nothing, secrets: [] }, []).kinds).toEqual(new Set());
  const allowlist = { kind: "IpAllowlist", name: "a", entries: [], origin } as const;
  expect(needsOf({ ...nothing, secrets: [SECRET], allowlist }, []).kinds).toEqual(
    new Set(["Secret", "IpAllowlist"]),
  );
});
