/** A person's request in a process that dies before or after any one of its operations, and ordinary runs after it. */

import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { DesiredKey, Slot } from "../../src/core/desired.ts";
import { HOUR_MS } from "../../src/core/duration.ts";
import { fingerprintOf } from "../../src/core/key-format.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import type { OwnedKey } from "../../src/core/live.ts";
import type { Minting } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import { aKey, consumerIsServed, createUniverse, type Fuse, type Universe } from "./memory-world.fixture.ts";

interface Scenario {
  readonly name: string;
  readonly key: DesiredKey;
  readonly mint?: Minting;
  readonly blind?: boolean;
  /** Brings the key into the state in which the request is made. */
  readonly prepare?: (universe: Universe) => Promise<unknown>;
  readonly request: (universe: Universe) => Promise<KeyRequest>;
}

const NAME = "a";
const BOTH = [
  { sink: "local", path: NAME },
  { sink: "other", path: NAME },
];
const USER = [{ type: "default", role: "USER" }] as const;
const REASON = { name: NAME, reason: "seen in a chat" };

const recordOf = ({ history }: Universe): KeyRecord | undefined => history.table.get(NAME)?.record;

const ours = async (universe: Universe): Promise<readonly OwnedKey[]> =>
  (await universe.liveKeys()).filter((key): key is OwnedKey => key.marker?.name === NAME);

const leakOf =
  (which: (universe: Universe) => string | undefined) =>
  async (universe: Universe): Promise<KeyRequest> => ({
    type: "leak",
    ...REASON,
    operation: which(universe) ?? "nothing",
  });

const leakOfCurrent = leakOf((universe) => recordOf(universe)?.current?.operation);
const leakOfReplaced = leakOf((universe) => recordOf(universe)?.retiring[0]?.operation);
const leakOfAttempt = leakOf((universe) => recordOf(universe)?.intent?.operation);

/** A rotation that ended: the replaced key is in its overlap. */
async function rotated(universe: Universe): Promise<void> {
  universe.declare(...universe.desired.keys.map((key) => ({ ...key, roles: USER })));
  await universe.boot().run();
}

/** A rotation that died: its new key is delivered, and the ledger does not know it for the current one. */
async function died(universe: Universe): Promise<void> {
  universe.declare(...universe.desired.keys.map((key) => ({ ...key, roles: USER })));
  const isDelivered = (): boolean => {
    const value = universe.sinks.get("local")?.peek({ sink: "local", path: NAME })?.secret;
    return value !== undefined && fingerprintOf(value) === recordOf(universe)?.intent?.fingerprint;
  };
  await universe.boot({ isHere: isDelivered }).run();
  expect(recordOf(universe)?.current?.operation).not.toBe(recordOf(universe)?.intent?.operation);
}

const SCENARIOS: readonly Scenario[] = [
  { name: "a leak", key: aKey(NAME), request: leakOfCurrent },
  { name: "a leak, two sinks", key: aKey(NAME, { deliverTo: BOTH }), request: leakOfCurrent },
  {
    name: "a leak, one sink blind",
    key: aKey(NAME, { deliverTo: BOTH }),
    blind: true,
    request: leakOfCurrent,
  },
  { name: "a leak of a protected key", key: aKey(NAME, { protected: true }), request: leakOfCurrent },
  {
    name: "a leak while a replaced key has its overlap",
    key: aKey(NAME),
    prepare: rotated,
    request: leakOfCurrent,
  },
  { name: "a leak of a replaced key", key: aKey(NAME), prepare: rotated, request: leakOfReplaced },
  { name: "a leak of an attempt that died", key: aKey(NAME), prepare: died, request: leakOfAttempt },
  {
    name: "a leak of the current key beside an attempt that died",
    key: aKey(NAME),
    prepare: died,
    request: leakOfCurrent,
  },
  {
    name: "a leak of a key that the ledger does not know",
    key: aKey(NAME),
    prepare: async ({ history }) => history.table.delete(NAME),
    request: async (universe) => ({
      type: "leak",
      ...REASON,
      operation: (await ours(universe))[0]?.marker.operation ?? "nothing",
    }),
  },
  {
    name: "a rotation on demand",
    key: aKey(NAME, { deliverTo: BOTH }),
    request: async () => ({ type: "rotate", ...REASON }),
  },
  {
    name: "a revocation",
    key: aKey(NAME, { deliverTo: BOTH }),
    request: async () => ({ type: "revoke", ...REASON }),
  },
  {
    name: "a revocation of two keys",
    key: aKey(NAME),
    prepare: rotated,
    request: async () => ({ type: "revoke", ...REASON }),
  },
  {
    name: "a revocation beside an attempt that died",
    key: aKey(NAME),
    prepare: died,
    request: async () => ({ type: "revoke", ...REASON }),
  },
];

const MINTS: readonly (readonly [string, Minting | undefined])[] = [
  ["sink-first", undefined],
  ["minted by the store", { by: "store", returnsId: true }],
  ["minted by the store, no id", { by: "store", returnsId: false }],
];

const CASES = MINTS.flatMap(([how, mint]) =>
  SCENARIOS.map((scenario) => ({ ...scenario, how, ...(mint && { mint }) })),
);

test.each(CASES)("$how, $name: what was asked for comes about, whatever dies", async (scenario) => {
  const operations = await dryRun(scenario);
  expect(operations).toBeGreaterThan(3);
  for (let at = 0; at < operations; at += 1) {
    for (const when of ["before", "after"] as const) await survives(scenario, { at, when });
  }
});

interface Prepared {
  readonly universe: Universe;
  readonly request: KeyRequest;
  /** Live keys that the request ends, or replaces. */
  readonly doomed: readonly string[];
}

async function prepared({ mint, blind, key, prepare, request: make }: Scenario): Promise<Prepared> {
  const universe = createUniverse("requests", { blind: blind ?? false, ...(mint && { mint }) });
  universe.store.makeByHand();
  universe.declare(key);
  await universe.boot().run();
  universe.clock.advance(HOUR_MS);
  await prepare?.(universe);
  const request = await make(universe);
  const live = await ours(universe);
  const isDoomed = ({ marker }: OwnedKey): boolean =>
    request.type === "leak" ? marker.operation === request.operation : request.type === "revoke";
  return { universe, request, doomed: live.filter(isDoomed).map(({ id }) => id) };
}

async function dryRun(scenario: Scenario): Promise<number> {
  const { universe, request, doomed } = await prepared(scenario);
  const process = universe.boot();
  const record = await process.run(undefined, [request]);
  expect(record).toMatchObject({ result: "applied", requests: [request] });
  const left = (await ours(universe)).map(({ id }) => id);
  expect(left.filter((id) => doomed.includes(id))).toEqual([]);
  expect(recordOf(universe)?.leaked).toBeUndefined();
  return process.operations();
}

async function survives(scenario: Scenario, fuse: Fuse): Promise<void> {
  const at = `${scenario.name}, ${fuse.when} operation ${fuse.at}`;
  const { universe, request, doomed } = await prepared(scenario);
  const before = await stateOf(universe, scenario);
  await universe.boot(fuse).run(undefined, [request]);
  await servesConsumers(universe, scenario, request, at);
  if (!(await isOnItsWay(universe, request, doomed))) await askAgain(universe, scenario, request, before, at);
  for (let run = 0; run < 3; run += 1) {
    await universe.boot().run();
    if (run > 0 || request.type !== "revoke") await servesConsumers(universe, scenario, request, at);
  }
  await hasConverged(universe, scenario, doomed, at);
}

/** Nothing was done; but a revocation may have ended one key of two. */
async function askAgain(
  universe: Universe,
  scenario: Scenario,
  request: KeyRequest,
  before: unknown,
  at: string,
): Promise<void> {
  const isUntouched = isDeepStrictEqual(await stateOf(universe, scenario), before);
  expect(isUntouched || request.type === "revoke", at).toBe(true);
  await universe.boot().run(undefined, [request]);
  await servesConsumers(universe, scenario, request, at);
}

const stateOf = async (universe: Universe, { key }: Scenario): Promise<unknown> => ({
  live: await ours(universe),
  values: key.deliverTo.map((slot) => {
    const entry = universe.sinks.get(slot.sink)?.peek(slot);
    return entry && fingerprintOf(entry.secret);
  }),
});

/** Whether ordinary runs end what the request began. */
async function isOnItsWay(
  universe: Universe,
  request: KeyRequest,
  doomed: readonly string[],
): Promise<boolean> {
  const record = recordOf(universe);
  const live = new Set((await ours(universe)).map(({ id }) => id));
  const isEnded = doomed.every((id) => !live.has(id));
  switch (request.type) {
    case "rotate":
    case "take-custody":
      return record?.intent !== undefined || (record?.retiring.length ?? 0) > 0;
    case "leak":
      return record?.leaked?.includes(request.operation) ?? isEnded;
    case "revoke":
      return isEnded;
  }
}

/** I2: what stands in a slot lets its consumer in, unless a person asked for the end. I4, I5: as ever. */
async function servesConsumers(
  universe: Universe,
  { key, blind }: Scenario,
  request: KeyRequest,
  at: string,
): Promise<void> {
  if (request.type !== "revoke") {
    for (const slot of key.deliverTo) expect(await consumerIsServed(universe, slot), `I2 ${at}`).toBe(true);
  }
  const live = await universe.liveKeys();
  const byHand = live.filter(({ marker, status }) => !marker && status === "active");
  expect(byHand, `I4 ${at}`).toHaveLength(2);
  const most = blind || at.includes("attempt") || at.includes("overlap") ? 3 : 2;
  expect((await ours(universe)).length, `I5 ${at}`).toBeLessThanOrEqual(most);
}

async function hasConverged(
  universe: Universe,
  { key }: Scenario,
  doomed: readonly string[],
  at: string,
): Promise<void> {
  expect((await universe.boot().plan()).plan.changes, at).toEqual([]);
  const record = recordOf(universe);
  expect(record?.intent, at).toBeUndefined();
  const live = await ours(universe);
  expect(
    live.filter(({ id }) => doomed.includes(id)),
    at,
  ).toEqual([]);
  for (const slot of key.deliverTo) await holdsCurrent(universe, slot, record, at);
  universe.clock.advance(key.rotation.overlapMs);
  await universe.boot().run();
  expect(
    (await ours(universe)).map(({ id }) => id),
    at,
  ).toEqual([record?.current?.id]);
}

async function holdsCurrent(
  universe: Universe,
  slot: Slot,
  record: KeyRecord | undefined,
  at: string,
): Promise<void> {
  const sink = universe.sinks.get(slot.sink);
  expect(sink?.peek(slot, "pending"), at).toBeUndefined();
  const entry = sink?.peek(slot);
  expect(entry && fingerprintOf(entry.secret), at).toBe(record?.current?.fingerprint);
  expect(await consumerIsServed(universe, slot), at).toBe(true);
}
