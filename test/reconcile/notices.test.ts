/** Notices of expiry over many runs: who hears what, and how often. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import type { ExpiryNotice } from "../../src/core/expiry-notice.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { createLogNotifier } from "../../src/notify/log.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { type NoticeFailure, sendNoticesAlone } from "../../src/reconcile/send-notices.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

const DISABLED = { trigger: { type: "disabled" }, overlapMs: DAY_MS } as const;
const USER = [{ type: "default", role: "USER" }] as const;

interface Desk {
  readonly universe: Universe;
  readonly heard: ExpiryNotice[];
  /** Makes the notifier fail, or work again. */
  isDown: boolean;
  world(): World;
  /** One apply: `alone` when there is nothing to change, as the command line does it. */
  run(): Promise<readonly NoticeFailure[]>;
}

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
      notifier: {
        notify: async (notice) => {
          if (desk.isDown) throw new Error("nobody answers");
          desk.heard.push(notice);
        },
      },
    }),
    run: async () => {
      const world = desk.world();
      const failures: NoticeFailure[] = [];
      const { plan, facts } = await makePlan(world);
      if (plan.changes.length === 0) failures.push(...(await sendNoticesAlone(world, facts, "test")));
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
  heard.map(({ name, daysBefore }) => `${name} ${daysBefore}`);

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
    { notice: { name: "a", daysBefore: 30 }, message: "nobody answers" },
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

test("while another run has the lease, that one is left to send them", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const other = openMemoryLedger(desk.universe.history);
  const lease = await other.lease({ run: "r", description: "other" }, 0);
  expect(await desk.run()).toEqual([]);
  expect(days(desk)).toEqual([]);
  await lease.release();
  await desk.run();
  expect(days(desk)).toEqual(["a 30"]);
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
  const { facts } = await makePlan(world);
  expect(await sendNoticesAlone(world, facts, "test", AbortSignal.abort())).toEqual([]);
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
  const { facts } = await makePlan(world);
  const deaf: World = { ...world, store: { ...world.store, list: unanswered } };
  expect(await sendNoticesAlone(deaf, facts, "test")).toEqual([{ message: "no answer" }]);
  world.ledger.claim = () => Promise.reject(new Error("read-only"));
  expect(await sendNoticesAlone(world, facts, "test")).toMatchObject([{ message: "read-only" }]);
});

test("without a notifier nothing is asked and nothing is written", async () => {
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const { notifier: _, ...world } = desk.world();
  const before = desk.universe.history.events.length;
  const { facts } = await makePlan(world);
  expect(await sendNoticesAlone(world, facts, "test")).toEqual([]);
  expect(desk.universe.history.events).toHaveLength(before);
});

test("the log gets one line a notice, with facts for machines", async () => {
  const lines: [object, string][] = [];
  const notifier = createLogNotifier({ warn: (facts, message) => lines.push([facts, message]) });
  const desk = aDesk(aKey("a", { rotation: DISABLED }));
  await desk.run();
  desk.universe.clock.advance(60 * DAY_MS);
  const world = { ...desk.world(), notifier };
  await sendNoticesAlone(world, (await makePlan(world)).facts, "test");
  expect(lines).toEqual([
    [
      expect.objectContaining({ key: "a", daysBefore: 30, type: "key-expiring" }),
      expect.stringMatching(/^API key a \(….{4}\) expires in 30 days, at /),
    ],
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
