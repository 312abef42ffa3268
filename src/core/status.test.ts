import { expect, test } from "vitest";
import {
  aCurrent,
  aDesiredKey,
  aForeignKey,
  aLiveKey,
  anIntent,
  aReceipt,
  aRecord,
  at,
  holding,
  SLOT,
} from "./a-key.fixture.ts";
import { DAY_MS } from "./duration.ts";
import { aDesiredPolicy, someFacts, type FactsParts } from "./some-facts.fixture.ts";
import { type KeyStanding, standings } from "./status.ts";

const standingOf = (parts: FactsParts): KeyStanding => {
  const [standing, ...others] = standings(someFacts(parts));
  expect(others).toEqual([]);
  if (!standing) throw new Error("there is no standing");
  return standing;
};

test("a settled key shows its state, dates, next rotation and sinks", () => {
  expect(standingOf({})).toEqual({
    name: "scanner",
    state: "active",
    owner: "platform",
    roles: ["READ_ONLY"],
    id: "ak1",
    last4: "aaaa",
    generation: 1,
    createdAt: at(-10 * DAY_MS),
    expiresAt: at(80 * DAY_MS),
    rotatesAt: new Date(Date.parse(at(-10 * DAY_MS)) + 0.66 * 90 * DAY_MS).toISOString(),
    retires: [],
    sinks: [{ slot: "local: path=ci/scanner", state: "good", generation: 1, writtenAt: at(-10 * DAY_MS) }],
    breaches: [],
  });
});

test("each sink shows what it was found to hold, and when it was last written", () => {
  const vault = { sink: "vault", path: "b" };
  const actions = { sink: "actions", path: "c" };
  const current = aLiveKey({}, { generation: 2 });
  const receipts = [
    { ...aReceipt(vault, current), version: "v1" },
    { ...aReceipt(actions, current), generation: 1, at: at(-40 * DAY_MS) },
  ];
  const { sinks } = standingOf({
    keys: [aDesiredKey({ deliverTo: [vault, actions, SLOT] })],
    live: [current],
    records: [aRecord(current, { current: aCurrent(current, { receipts }) })],
    slots: [
      [vault, { type: "blind", found: { version: "v2" } }],
      [actions, { type: "blind" }],
      [SLOT, { type: "unreadable", message: "timeout" }],
    ],
  });
  expect(sinks).toEqual([
    { slot: "vault: path=b", state: "stale", generation: 2, writtenAt: current.createdAt },
    { slot: "actions: path=c", state: "empty", generation: 1, writtenAt: at(-40 * DAY_MS) },
    { slot: "local: path=ci/scanner", state: "unknown" },
  ]);
});

test("live keys that the policy would not allow any more are told with their key", () => {
  const old = aLiveKey({ id: "ak0", status: "expired" }, { operation: "op0" });
  const policy = aDesiredPolicy({ maxLifetimeDays: 30, allowedRoles: ["USER"] });
  const breaches = [
    { id: "ak1", message: "lives 90d; the policy allows 30d" },
    { id: "ak1", message: "has READ_ONLY; the policy allows USER" },
  ];
  expect(standingOf({ live: [old, aLiveKey()], policy }).breaches).toEqual(breaches);
  const { kind: _, name: __, origin: ___, ...rules } = policy;
  expect(standingOf({ livePolicy: { kind: "SecurityPolicy", ...rules } }).breaches).toEqual(breaches);
  expect(standingOf({}).breaches).toEqual([]);
});

test("keys are sorted by name", () => {
  const keys = [aDesiredKey({ name: "b" }), aDesiredKey({ name: "a" })];
  expect(standings(someFacts({ keys })).map(({ name, state }) => [name, state])).toEqual([
    ["a", "missing"],
    ["b", "missing"],
    ["scanner", "undeclared"],
  ]);
});

test("a declared key that is not in the store is missing, and its slots count as empty", () => {
  const standing = standingOf({ live: [], records: [] });
  expect(standing).toEqual({
    name: "scanner",
    state: "missing",
    owner: "platform",
    roles: ["READ_ONLY"],
    retires: [],
    sinks: [{ slot: "local: path=ci/scanner", state: "empty" }],
    breaches: [],
  });
});

test("a key that a run began to mint is unfinished", () => {
  expect(standingOf({ records: [aRecord(aLiveKey(), { intent: anIntent(2, "op2") })] }).state).toBe(
    "unfinished",
  );
});

test("a key is expired at its end, or when the store says so", () => {
  expect(standingOf({ live: [aLiveKey({ expiresAt: at(1) })] }).state).toBe("active");
  expect(standingOf({ live: [aLiveKey({ expiresAt: at(0) })] }).state).toBe("expired");
  expect(standingOf({ live: [aLiveKey({ status: "expired" })] }).state).toBe("expired");
});

test("a replaced key that is still valid shows as an overlap with its end", () => {
  const old = aLiveKey({ id: "ak0" }, { operation: "op0" });
  const current = aLiveKey({}, { generation: 2 });
  const records = [aRecord(current, { retiring: [{ operation: "op0", id: "ak0", retireAt: at(DAY_MS) }] })];
  expect(standingOf({ live: [old, current], records })).toMatchObject({
    state: "overlapping",
    generation: 2,
    retires: [{ id: "ak0", at: at(DAY_MS) }],
  });
  expect(standingOf({ live: [{ ...old, status: "expired" }, current], records }).state).toBe("active");
  expect(standingOf({ live: [{ ...old, status: "pending" }, current], records }).state).toBe("active");
});

test("a key that is no longer declared shows what the store knows of it", () => {
  const [standing] = standings(someFacts({ keys: [], records: [] }));
  expect(standing).toMatchObject({
    name: "scanner",
    state: "undeclared",
    owner: "platform",
    id: "ak1",
    sinks: [],
  });
  expect(standing).not.toHaveProperty("rotatesAt");
});

test("a half-made key that is no longer declared has no roles to show", () => {
  const [standing] = standings(someFacts({ keys: [], live: [aLiveKey({ status: "pending" })], records: [] }));
  expect(standing).toEqual({
    name: "scanner",
    state: "undeclared",
    roles: [],
    retires: [],
    sinks: [],
    breaches: [],
  });
});

test("what is not known is left out", () => {
  const { owner: _, expiresAt: __, ...key } = aLiveKey();
  const { owner: ___, ...desired } = aDesiredKey({ expires: { type: "never" } });
  const standing = standingOf({ keys: [desired], live: [key], slots: [[SLOT, holding(key)]] });
  expect(standing).not.toHaveProperty("owner");
  expect(standing).not.toHaveProperty("expiresAt");
  expect(standing).not.toHaveProperty("rotatesAt");
});

test("a key that only the ledger still knows stands as undeclared", () => {
  expect(standings(someFacts({ keys: [], live: [] })).map(({ state }) => state)).toEqual(["undeclared"]);
});

test("a key with a fixed end has no rotation to wait for", () => {
  const key = aDesiredKey({ expires: { type: "at", instant: at(80 * DAY_MS) } });
  expect(standingOf({ keys: [key] })).not.toHaveProperty("rotatesAt");
});

test("a key that every run leaves alone stands as blocked", () => {
  const stranger = aLiveKey({ id: "ak9" }, { generation: 7, operation: "op9" });
  expect(standingOf({ live: [aLiveKey(), stranger] })).toMatchObject({ state: "blocked" });
});

test("a key whose value is held elsewhere is adopted, and has no next rotation", () => {
  const keys = [aDesiredKey({ adopt: { id: "ak1" }, deliverTo: [] })];
  const parts: FactsParts = { keys, records: [], slots: [] };
  const standing = standingOf(parts);
  expect(standing).toMatchObject({ state: "adopted", id: "ak1", sinks: [] });
  expect(standing).not.toHaveProperty("rotatesAt");
  expect(standingOf({ ...parts, live: [aLiveKey({ status: "expired" })] }).state).toBe("expired");
  expect(standingOf({ ...parts, live: [] }).state).toBe("blocked");
  expect(standingOf({ ...parts, live: [], adoptable: [aForeignKey({ id: "ak1" })] }).state).toBe("unadopted");
});
