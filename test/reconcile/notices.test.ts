/** Notices over many runs: who hears what, and how often. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/duration.ts";
import { NOTICE_EVENTS, type Notification } from "../../src/core/notification.ts";
import type { NoticeChannel } from "../../src/core/ports.ts";
import { NOTICES_RECORD } from "../../src/core/telling/told.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { createLogChannel } from "../../src/notify/log.ts";
import { DEFAULT_DRIFT_POLICY } from "../../src/core/drift/finding.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { checkDrift } from "../../src/reconcile/check-drift.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { NoticeFailure } from "../../src/reconcile/tell.ts";
import { tellCheck, tellIdle } from "../../src/reconcile/tell-run.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

const DISABLED = { trigger: { type: "disabled" }, overlapMs: DAY_MS } as const;
const USER = [{ type: "default", role: "USER" }] as const;

interface Desk {
  readonly universe: Universe;
  readonly heard: Notification[];
  /** Makes the channel fail, or work again. */
  isDown: boolean;
  world(): World;
  /** One apply: `alone` when there is nothing to change, as the command line does it. */
  run(): Promise<readonly NoticeFailure[]>;
}

const aChannel = (name: string, hear: (notification: Notification) => Promise<void>): NoticeChannel => ({
  name,
  events: NOTICE_EVENTS,
  tell: async (notification) => {
    await hear(notification);
    return {};
  },
});

function aDesk(...keys: readonly DesiredKey[]): Desk {
  const universe = createUniverse("notices");
  universe.declare(...keys);
  const desk: Desk = {
    universe,
    heard: [],
    isDown: false,
    world: () => ({
      ...universe.boot().world,
      ledger: openMemoryLedger(universe.history),
      channels: [
        aChannel("ops", async (notification) => {
          if (desk.isDown) throw new Error("nobody answers");
          desk.heard.push(notification);
        }),
      ],
    }),
    run: async () => {
      const world = desk.world();
      const failures: NoticeFailure[] = [];
      const { plan, facts } = await makePlan(world);
      if (plan.changes.length === 0) failures.push(...(await tellIdle(world, facts, plan)));
      else
        await applyPlan(plan, world, {
          leaseWaitMs: 0,
          holder: "test",
          onNoticeFailed: (failure) => failures.push(failure),
        });
      await world.ledger.close();
      return failures;
    },
  };
  return desk;
}

const days = ({ heard }: Desk): readonly string[] =>
  heard.flatMap(({ type, items }) =>
    type === "key-expiring" ? items.map(({ name, daysBefore }) => `${name} ${daysBefore}`) : [],
  );

test("a key that nobody rotates is told of 30, 7 and 1 days before its end, each once", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  for (let hour = 0; hour < 90 * 24 - 1; hour += 6) {
    await desk.run();
    desk.universe.clock.advance(6 * HOUR_MS);
  }
  expect(days(desk)).toEqual(["a 30", "a 7", "a 1"]);
});

test("after a downtime the most urgent notice is sent, late, and no other", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(85 * DAY_MS);
  await desk.run();
  await desk.run();
  expect(days(desk)).toEqual(["a 7"]);
});

test("a key that this very run replaces is not told of; one that it fails to replace is", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }), aKey("b", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(61 * DAY_MS);
  desk.universe.declare(
    aKey("a", { rotation: DISABLED, roles: USER }),
    aKey("b", { rotation: DISABLED, roles: USER, deliverTo: [{ sink: "nowhere", path: "b" }] }),
  );
  await desk.run();
  expect(days(desk)).toEqual(["b 30"]);
});

test("a key that this run revokes is not told of", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }), aKey("b"));
  await desk.run();
  desk.universe.clock.advance(59 * DAY_MS);
  desk.universe.declare(aKey("b"));
  desk.universe.clock.advance(2 * DAY_MS);
  await desk.run();
  expect(days(desk)).toEqual([]);
});

test("a notice that could not be sent is told, and sent by the next run", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }), aKey("b"));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  desk.isDown = true;
  expect(await desk.run()).toMatchObject([
    { channel: "ops", notification: { items: [{ name: "a", daysBefore: 30 }] }, message: "nobody answers" },
  ]);
  expect(await desk.run()).toHaveLength(1);
  desk.isDown = false;
  expect(await desk.run()).toEqual([]);
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
});

test("a change of the key in between does not make the ledger forget what was told", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  await desk.run();
  desk.universe.declare(aKey("b", { previousNames: ["a"], rotation: DISABLED, description: "renamed" }));
  await desk.run();
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
});

test("a new key has notices of its own", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  await desk.run();
  desk.universe.declare(aKey("a", { rotation: DISABLED, roles: USER }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  await desk.run();
  expect(days(desk)).toEqual(["a 30", "a 30"]);
  expect(new Set(desk.heard.map(({ id }) => id)).size).toBe(2);
});

test("with a ledger that was lost, a notice is sent once all the same, and the key stays as it is", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  desk.universe.history.table.clear();
  await desk.run();
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
  expect((await makePlan(desk.world())).plan.changes).toEqual([]);
});

test("another run that has the lease keeps nobody from being told, and is not kept waiting", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const other = openMemoryLedger(desk.universe.history);
  const lease = await other.lease({ run: "r", description: "other" }, 0);
  expect(await desk.run()).toEqual([]);
  expect(days(desk)).toEqual(["a 30"]);
  expect(lease.lost.aborted).toBe(false);
});

test("two runs at once that have nothing to change tell of a key once", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  await Promise.all([desk.run(), desk.run(), desk.run()]);
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
});

test("a run that was interrupted sends nothing; the next one does", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const world = desk.world();
  const { facts, plan } = await makePlan(world);
  expect(await tellIdle(world, facts, plan, AbortSignal.abort())).toEqual([]);
  await world.ledger.close();
  expect(days(desk)).toEqual([]);
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
});

const unanswered: World["store"]["list"] = () => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("no answer")) }),
});

test("a store that cannot be listed and a ledger that cannot be written are told, not thrown", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const world = desk.world();
  const { facts, plan } = await makePlan(world);
  const deaf: World = { ...world, store: { ...world.store, list: unanswered } };
  expect(await tellIdle(deaf, facts, plan)).toEqual([{ message: "no answer" }]);
  world.ledger.claim = () => Promise.reject(new Error("read-only"));
  expect(await tellIdle(world, facts, plan)).toMatchObject([{ message: "read-only" }]);
  expect(days(desk)).toEqual([]);
});

test("without a channel nothing is asked and nothing is written", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const { channels: _, ...world } = desk.world();
  const { facts, plan } = await makePlan(world);
  expect(await tellIdle(world, facts, plan)).toEqual([]);
  expect([...desk.universe.history.table.keys()]).not.toContain(NOTICES_RECORD);
});

test("the log gets one line a notice, with facts for machines", async () => {
  const lines: [object, string][] = [];
  const channel = createLogChannel({ warn: (facts, message) => lines.push([facts, message]) });
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const world = { ...desk.world(), channels: [channel] };
  const { facts, plan } = await makePlan(world);
  await tellIdle(world, facts, plan);
  expect(lines).toEqual([
    [
      expect.objectContaining({ key: "a", daysBefore: 30, type: "key-expiring" }),
      expect.stringMatching(/^API key a \(….{4}\) expires in 30 days, at /),
    ],
  ]);
});

// ── Runs, drift and leaks ─────────────────────────────────────────────────────────────────────────────────

const typesOf = ({ heard }: Desk): readonly string[] =>
  heard.map(({ type, items }) => `${type} ${items.map(({ name, key }) => name ?? key).join(" ")}`);

test("what a run could not do is told once, and once that it is done", async () => {
  const desk = aDesk(aKey("a"), aKey("b", { deliverTo: [{ sink: "nowhere", path: "b" }] }));
  await desk.run();
  await desk.run();
  expect(typesOf(desk)).toEqual(["run-failed b"]);
  desk.universe.declare(aKey("a"), aKey("b"));
  await desk.run();
  await desk.run();
  expect(typesOf(desk)).toEqual(["run-failed b", "run-recovered b"]);
});

test("two that find the same drift at once tell of it once, and once that it is over", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  const [key] = await desk.universe.liveKeys();
  const made = desk.universe.store.makeByHand({ displayName: "By hand" });
  expect(key?.id).not.toBe(made.id);
  await Promise.all([look(desk), look(desk), look(desk)]);
  await look(desk);
  expect(typesOf(desk)).toEqual([`drift-found foreign/ApiKey/${made.id}`]);
  await desk.universe.store.revoke({ kind: "ApiKey", id: made.id });
  await Promise.all([look(desk), look(desk)]);
  expect(desk.heard.map(({ type }) => type)).toEqual(["drift-found", "drift-recovered"]);
  expect(desk.heard[1]?.items[0]?.message).toBe(desk.heard[0]?.items[0]?.message);
});

async function look(desk: Desk, ledger?: World["ledger"]): Promise<readonly NoticeFailure[]> {
  const world = { ...desk.world(), ...(ledger && { ledger }) };
  const check = await checkDrift(world, { policy: DEFAULT_DRIFT_POLICY });
  return tellCheck(world, check, ["drift"]);
}

test("whoever dies between telling and writing it down leaves it to be told again, under the same id", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  desk.universe.store.makeByHand({ displayName: "By hand" });
  const dying = openMemoryLedger(desk.universe.history);
  const claim = dying.claim.bind(dying);
  dying.claim = async (...args) => {
    if (desk.heard.length > 0) dying.kill();
    return claim(...args);
  };
  expect(await look(desk, dying)).toMatchObject([
    { message: expect.stringContaining("could not be written") },
  ]);
  expect(await look(desk)).toEqual([]);
  expect(desk.heard).toHaveLength(1);
  desk.universe.clock.advance(5 * MINUTE_MS);
  await look(desk);
  await look(desk);
  expect(desk.heard).toHaveLength(2);
  expect(new Set(desk.heard.map(({ id }) => id)).size).toBe(1);
});

test("a channel that is down keeps no other from hearing, and hears it later itself", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  desk.universe.store.makeByHand({ displayName: "By hand" });
  const told: string[] = [];
  const world = (): World => {
    const base = desk.world();
    const mail = aChannel("mail", async ({ id }) => void told.push(id));
    return { ...base, channels: [...(base.channels ?? []), mail] };
  };
  const once = async (): Promise<readonly NoticeFailure[]> => {
    const ports = world();
    return tellCheck(ports, await checkDrift(ports, { policy: DEFAULT_DRIFT_POLICY }), ["drift"]);
  };
  desk.isDown = true;
  expect(await once()).toMatchObject([{ channel: "ops", message: "nobody answers" }]);
  expect([told.length, desk.heard.length]).toEqual([1, 0]);
  desk.isDown = false;
  expect(await once()).toEqual([]);
  expect([told.length, desk.heard.length]).toEqual([1, 1]);
  expect(desk.heard[0]?.id).toBe(told[0]);
});

test("whom a notice did not reach is told, and it counts as told", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  desk.universe.store.makeByHand({ displayName: "By hand" });
  const channel = { name: "mail", events: NOTICE_EVENTS, tell: async () => ({ remark: "not to ann" }) };
  const world = { ...desk.world(), channels: [channel] };
  const check = await checkDrift(world, { policy: DEFAULT_DRIFT_POLICY });
  expect(await tellCheck(world, check, ["drift"])).toMatchObject([
    { channel: "mail", isSent: true, message: "not to ann" },
  ]);
  expect(await tellCheck(world, check, ["drift"])).toEqual([]);
});

test("a leak that was mended is told, once", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  const world = desk.world();
  const operation = (await world.ledger.records()).get("a")?.current?.operation ?? "";
  const leak = { type: "leak", name: "a", reason: "seen in a log", operation } as const;
  const { plan } = await makePlan(world, { requests: [leak], allowed: ["a"] });
  const record = await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test", allowed: ["a"] });
  expect(record.result).toBe("applied");
  await world.ledger.close();
  await desk.run();
  expect(desk.heard.map(({ type, items }) => [type, items[0]?.message])).toEqual([
    ["leak-handled", "a leaked key of a was replaced and revoked (seen in a log)"],
  ]);
});

// ── What notices are about ───────────────────────────────────────────────────────────────────────────────

test("an expired key is replaced", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(91 * DAY_MS);
  const { plan } = await makePlan(desk.world());
  expect(plan.changes).toMatchObject([{ action: "rotate", name: "a", reasons: [{ code: "expired" }] }]);
  await desk.run();
  expect(await serves(desk)).toBe(true);
});

test("a key that vanished from the store is replaced", async () => {
  const desk = aDesk(aKey("a"));
  await desk.run();
  const key = (await desk.universe.liveKeys()).find(({ marker }) => marker);
  await desk.universe.store.revoke({ kind: "ApiKey", id: key?.id ?? "" });
  const { plan } = await makePlan(desk.world());
  expect(plan.changes).toMatchObject([{ action: "create", name: "a", reasons: [{ code: "missing" }] }]);
  await desk.run();
  expect(await serves(desk)).toBe(true);
  expect((await makePlan(desk.world())).plan.changes).toEqual([]);
});

async function serves({ universe }: Desk): Promise<boolean> {
  const entry = universe.sinks.get("local")?.peek({ sink: "local", path: "a" });
  return entry !== undefined && (await universe.store.verify(entry.secret)).valid;
}
