import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, at, SLOT } from "./a-key.fixture.ts";
import { diff } from "./diff.ts";
import { DAY_MS } from "./duration.ts";
import { noticesOf } from "./notice.ts";
import { aDesiredPolicy, aDesiredRole, aLiveRole, type FactsParts, someFacts } from "./some-facts.fixture.ts";

const noticesFor = (parts: FactsParts): readonly string[] => {
  const facts = someFacts(parts);
  return noticesOf(facts, diff(facts).changes).map(({ code, message }) => `${code} ${message}`);
};

const EDITOR = [{ type: "custom", tag: "editor" }] as const;

test("there is nothing to tell of a settled instance", () => {
  expect(noticesFor({})).toEqual([]);
  expect(noticesFor({ roles: [aDesiredRole()], liveRoles: [aLiveRole()], policy: aDesiredPolicy() })).toEqual(
    [],
  );
});

test("keys that are not ours are counted and left alone", () => {
  expect(noticesFor({ foreign: { keys: 1, roles: [] } })).toEqual([
    "FOREIGN_KEYS 1 key in the store not made by this instance: left alone",
  ]);
  expect(noticesFor({ foreign: { keys: 2, roles: ["x"] } })).toEqual([
    "FOREIGN_KEYS 2 keys in the store not made by this instance: left alone",
  ]);
});

test("what a store cannot manage is told when it is declared", () => {
  const capabilities = { manages: [] } as const;
  expect(noticesFor({ capabilities, liveRoles: [aLiveRole()] })).toEqual([]);
  expect(noticesFor({ capabilities, roles: [aDesiredRole({ external: true })] })).toEqual([]);
  expect(noticesFor({ capabilities, roles: [aDesiredRole()], policy: aDesiredPolicy() })).toEqual([
    "NOT_MANAGEABLE roles declared, not manageable in this store; keys are still checked against them",
    "NOT_MANAGEABLE a security policy declared, not manageable in this store; keys are still checked against them",
  ]);
});

test("older keys that break the policy are told, and not revoked for it", () => {
  const { expiresAt: _, ...unending } = aLiveKey({ id: "ak0" }, { name: "a" });
  const broken: FactsParts = {
    keys: [aDesiredKey(), aDesiredKey({ name: "a", expires: { type: "never" }, deliverTo: [] })],
    live: [aLiveKey(), unending],
    records: [],
    policy: aDesiredPolicy({ maxLifetimeDays: 30, allowedRoles: ["USER"] }),
  };
  expect(noticesFor(broken)).toEqual([
    "NOT_COMPLIANT a (ak0) never expires; the policy requires an expiry; has READ_ONLY; the policy allows USER",
    "NOT_COMPLIANT scanner (ak1) lives 90d; the policy allows 30d; has READ_ONLY; the policy allows USER",
  ]);
  expect(diff(someFacts(broken)).changes).toEqual([]);
});

test("a life is judged from the day that the key was made", () => {
  const livePolicy = { kind: "SecurityPolicy", requireExpiration: true, maxLifetimeDays: 90 } as const;
  expect(noticesFor({ livePolicy })).toEqual([]);
  expect(noticesFor({ livePolicy, live: [aLiveKey({ expiresAt: at(80 * DAY_MS + 1) })] })[0]).toContain(
    "NOT_COMPLIANT scanner (ak1)",
  );
});

test("a key that is not in use breaks no policy", () => {
  const policy = aDesiredPolicy({ maxLifetimeDays: 1 });
  expect(noticesFor({ policy, live: [aLiveKey({ status: "expired" })] })).toEqual([]);
});

test("a role that waits for its last key is told, until it is revoked", () => {
  const parts = { live: [aLiveKey({ roles: EDITOR })], liveRoles: [aLiveRole()] };
  const waiting = "ROLE_IN_USE role editor is no longer declared; it is revoked once no key has it";
  expect(noticesFor(parts)).toEqual([waiting]);
  expect(noticesFor({ ...parts, roles: [aDesiredRole()] })).toEqual([]);
  expect(noticesFor({ liveRoles: [aLiveRole()] })).toEqual([]);
});

test("a key whose end date has passed is told, sorted by name", () => {
  const past = { type: "at", instant: at(0) } as const;
  const keys = [aDesiredKey({ name: "b", expires: past }), aDesiredKey({ name: "a", expires: past })];
  expect(noticesFor({ keys, live: [], records: [] })).toEqual([
    "END_DATE_PASSED a: its end date has passed, so no key is minted for it",
    "END_DATE_PASSED b: its end date has passed, so no key is minted for it",
  ]);
  const future = aDesiredKey({ expires: { type: "at", instant: at(1) } });
  expect(noticesFor({ keys: [future] })).toEqual([]);
});

test("a sink that could not be read is told, sorted by slot", () => {
  const unreadable = { type: "unreadable", message: "permission denied" } as const;
  const slots = [
    [SLOT, unreadable],
    [
      { sink: "a", path: "x" },
      { ...unreadable, message: "a: path=x: permission denied" },
    ],
    [{ sink: "b", path: "x" }, { type: "blind" }],
  ] as const;
  expect(noticesFor({ slots })).toEqual([
    "SINK_UNREADABLE a: path=x could not be read: permission denied",
    "SINK_UNREADABLE local: path=ci/scanner could not be read: permission denied",
  ]);
});
