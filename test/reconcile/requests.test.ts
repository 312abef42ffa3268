/** What becomes of a person's requests: rotation on demand, revocation, and a leak, found by what was pasted. */

import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../src/core/duration.ts";
import { fingerprintOf } from "../../src/core/key-format.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import type { LeakFinding } from "../../src/core/leak.ts";
import type { Minting } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import { Secret } from "../../src/core/secret.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { findLeak } from "../../src/reconcile/find-leak.ts";
import { gather, makePlan } from "../../src/reconcile/make-plan.ts";
import { aKey, consumerIsServed, createUniverse, type Universe } from "./memory-world.fixture.ts";

const SLOT = { sink: "local", path: "a" };
const WHY = { name: "a", reason: "seen in a chat" } as const;
const REVOKE: KeyRequest = { type: "revoke", ...WHY };
const ROTATE: KeyRequest = { type: "rotate", ...WHY };

const recordOf = ({ history }: Universe): KeyRecord | undefined => history.table.get("a")?.record;
const valueOf = ({ sinks }: Universe): Secret => sinks.get("local")?.peek(SLOT)?.secret ?? Secret.of("none");

const leakOfCurrent = (universe: Universe): KeyRequest => ({
  type: "leak",
  ...WHY,
  operation: recordOf(universe)?.current?.operation ?? "nothing",
});

async function withOneKey(mint?: Minting): Promise<Universe> {
  const universe = createUniverse("requests", mint && { mint });
  universe.declare(aKey("a"));
  await universe.boot().run();
  return universe;
}

const isValid = async ({ store }: Universe, secret: Secret): Promise<boolean> =>
  (await store.verify(secret)).valid;

test("a leaked key lets nobody in after the run, and its replacement is in the sink", async () => {
  const universe = await withOneKey();
  const leaked = valueOf(universe);
  const record = await universe.boot().run(undefined, [leakOfCurrent(universe)]);
  expect(record).toMatchObject({ result: "applied", requests: [{ type: "leak", reason: "seen in a chat" }] });
  expect(await isValid(universe, leaked)).toBe(false);
  expect(await consumerIsServed(universe, SLOT)).toBe(true);
  expect(recordOf(universe)).toMatchObject({ current: { generation: 2 }, retiring: [] });
  expect(recordOf(universe)?.leaked).toBeUndefined();
  expect((await universe.boot().plan()).plan.changes).toEqual([]);
});

test("a leaked key whose replacement cannot be delivered stays, loudly, and goes with a later run", async () => {
  const universe = await withOneKey();
  const leaked = valueOf(universe);
  const process = universe.boot();
  const requests = [leakOfCurrent(universe)];
  const { plan } = await makePlan(process.world, { requests });
  const local = universe.sinks.get("local");
  const full = {
    ...process.world,
    sinks: new Map([["local", { ...local, write: () => Promise.reject(new Error("disk full")) }]]),
  } as unknown as typeof process.world;
  const record = await applyPlan(plan, full, { leaseWaitMs: 0, holder: "test" });
  await process.world.ledger.close();
  expect(record.result).toBe("failed");
  expect(record.changes[1]).toMatchObject({
    action: "revoke",
    outcome: "not-run",
    message: expect.stringContaining("LEAKED AND IS STILL VALID"),
  });
  expect(await isValid(universe, leaked)).toBe(true);
  expect(recordOf(universe)?.leaked).toEqual([recordOf(universe)?.current?.operation]);
  expect((await universe.boot().run())?.result).toBe("applied");
  expect(await isValid(universe, leaked)).toBe(false);
  expect(await consumerIsServed(universe, SLOT)).toBe(true);
});

test("a revocation on demand ends every key and empties the slots; the next apply counts on", async () => {
  const universe = await withOneKey();
  const [value] = [valueOf(universe)];
  await universe.boot().run(undefined, [ROTATE]);
  const next = valueOf(universe);
  expect(await isValid(universe, value)).toBe(true);
  expect((await universe.boot().run(undefined, [REVOKE]))?.counts).toMatchObject({ applied: 2 });
  expect([await isValid(universe, value), await isValid(universe, next)]).toEqual([false, false]);
  expect(universe.sinks.get("local")?.peek(SLOT)).toBeUndefined();
  await universe.boot().run();
  expect(recordOf(universe)?.current).toMatchObject({ generation: 3 });
  expect(await consumerIsServed(universe, SLOT)).toBe(true);
});

test("a revocation on demand empties the slot of a key that the ledger does not know", async () => {
  const universe = await withOneKey();
  universe.history.table.delete("a");
  await universe.boot().run(undefined, [REVOKE]);
  expect(universe.sinks.get("local")?.peek(SLOT)).toBeUndefined();
  expect((await universe.boot().run())?.result).toBe("applied");
  expect(await consumerIsServed(universe, SLOT)).toBe(true);
});

test("a request is about its key alone", async () => {
  const universe = await withOneKey();
  universe.declare(aKey("a"), aKey("b"));
  const record = await universe.boot().run(undefined, [ROTATE]);
  expect(record?.changes.map(({ action, name }) => `${action} ${name}`)).toEqual(["rotate a"]);
});

test("a saved plan that answers a request is carried out as it is, and only once", async () => {
  const universe = await withOneKey();
  const process = universe.boot();
  const { plan } = await makePlan(process.world, { requests: [ROTATE] });
  const options = { leaseWaitMs: 0, holder: "test" };
  const record = await applyPlan(plan, process.world, options);
  expect(record).toMatchObject({ result: "applied", requests: [ROTATE] });
  await expect(applyPlan(plan, process.world, options)).rejects.toMatchObject({ code: "PLAN_STALE" });
  const started = [];
  for await (const event of process.world.ledger.events())
    if (event.type === "run-started") started.push(event);
  expect(started.map(({ requests }) => requests)).toEqual([undefined, [ROTATE]]);
  await process.world.ledger.close();
});

test("G8: a request that was written into a saved plan makes it invalid", async () => {
  const universe = await withOneKey();
  const process = universe.boot();
  const { plan } = await makePlan(process.world);
  const forged = { ...plan, requests: [REVOKE] };
  const applied = applyPlan(forged, process.world, { leaseWaitMs: 0, holder: "test" });
  await expect(applied).rejects.toMatchObject({ code: "PLAN_INVALID" });
  await process.world.ledger.close();
});

test("a request for what is not there is refused", async () => {
  const universe = await withOneKey();
  const planned = makePlan(universe.boot().world, { requests: [{ ...ROTATE, name: "b" }] });
  await expect(planned).rejects.toMatchObject({
    code: "REQUEST_INVALID",
    message: "there is no key named b",
  });
});

async function find(universe: Universe, secret: Secret, name?: string): Promise<LeakFinding> {
  const { world } = universe.boot();
  const { facts } = await gather(world);
  return findLeak(world, facts, secret, name === undefined ? {} : { name });
}

test("a leaked key is found by its fingerprint, also in its overlap; once revoked it is dead", async () => {
  const universe = await withOneKey();
  const first = valueOf(universe);
  const { operation } = recordOf(universe)?.current ?? {};
  expect(await find(universe, first)).toMatchObject({ type: "ours", name: "a", operation });
  await universe.boot().run(undefined, [ROTATE]);
  expect(recordOf(universe)?.retiring).toMatchObject([{ fingerprint: fingerprintOf(first) }]);
  expect(await find(universe, first)).toMatchObject({ type: "ours", name: "a", operation });
  universe.clock.advance(25 * HOUR_MS);
  await universe.boot().run();
  expect(await find(universe, first)).toEqual({ type: "dead", why: "revoked" });
});

test("a key that is delivered together with its id is found when it leaks without it", async () => {
  const universe = await withOneKey();
  const { world } = universe.boot();
  const { facts } = await gather(world);
  const key = Secret.of("raw-key-of-a-store-that-tells-no-ends");
  const [live] = facts.live.keys;
  const record = facts.records.get("a");
  if (!live || !record?.current) throw new Error("there is no key");
  const fingerprint = fingerprintOf(Secret.of(`${live.id}:${key.reveal()}`));
  const records = new Map([["a", { ...record, current: { ...record.current, fingerprint } }]]);
  const { last4: _, ...untold } = live;
  const inStore = (each: typeof live) => ({ ...facts, records, live: { ...facts.live, keys: [each] } });
  expect(await findLeak(world, inStore(untold), key)).toMatchObject({ type: "ours", name: "a", id: live.id });
  expect(await findLeak(world, inStore(live), key)).toMatchObject({ type: "unknown" });
});

test("a leaked key that the ledger does not know is found by asking the store", async () => {
  const universe = await withOneKey();
  universe.history.table.delete("a");
  expect(await find(universe, valueOf(universe))).toMatchObject({ type: "ours", name: "a" });
});

test("a key that Keywright did not make is told by its id, and nothing is done to it", async () => {
  const universe = await withOneKey();
  const { id, secret } = universe.store.makeByHand();
  expect(await find(universe, secret)).toEqual({ type: "foreign", id, isOwn: false });
});

test("what is no key at all is unknown", async () => {
  const universe = await withOneKey();
  expect(await find(universe, Secret.of("garbage"))).toEqual({
    type: "unknown",
    why: "the store says unknown",
  });
});

test("I4: a PENDING key that may be the leaked one is not woken by looking for it", async () => {
  const universe = await withOneKey();
  const secret = Secret.of(`kw_live_${"p".repeat(46)}`);
  const { id } = await universe.store.create({
    kind: "ApiKey",
    marker: { instance: "elsewhere", name: "a", generation: 1, operation: "000000000000" },
    displayName: "Theirs",
    description: "",
    labels: {},
    roles: [{ type: "default", role: "READ_ONLY" }],
    securityLevel: "standard",
    secret,
  });
  expect(await find(universe, secret)).toEqual({ type: "foreign", id, isOwn: false });
  const theirs = (await universe.liveKeys()).find((key) => key.id === id);
  expect(theirs?.status).toBe("pending");
  universe.clock.advance(16 * MINUTE_MS);
  expect(await find(universe, secret)).toMatchObject({ type: "dead" });
});

test("where the store does not say which key it let in, the last four characters tell", async () => {
  const universe = await withOneKey({ by: "store", returnsId: false });
  const secret = valueOf(universe);
  universe.history.table.delete("a");
  expect(await find(universe, secret)).toMatchObject({ type: "ours", name: "a" });
  const byHand = universe.store.makeByHand();
  expect(await find(universe, byHand.secret)).toEqual({ type: "foreign", id: byHand.id, isOwn: false });
});
