/** A forecast comes true: with an apply at each of its dates, just what it said happens, and nothing else. */

import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import { forecast } from "../../src/core/forecast.ts";
import type { ForecastEntry } from "../../src/core/forecast-entry.ts";
import type { Minting } from "../../src/core/ports.ts";
import { openMemoryLedger } from "../../src/ledger/memory-ledger.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

const days = (count: number): number => count * DAY_MS;
const KEYS: readonly DesiredKey[] = [
  aKey("at"),
  aKey("before", { rotation: { trigger: { type: "before", ms: days(7) }, overlapMs: days(3) } }),
  aKey("every", {
    expires: { type: "never" },
    rotation: { trigger: { type: "every", ms: days(11) }, overlapMs: days(2) },
  }),
  aKey("disabled", {
    expires: { type: "after", ms: days(35) },
    rotation: { trigger: { type: "disabled" }, overlapMs: DAY_MS },
  }),
  aKey("fixed", { expires: { type: "at", instant: "2027-01-10T00:00:00.000Z" } }),
  aKey("tight", {
    expires: { type: "after", ms: days(10) },
    rotation: { trigger: { type: "every", ms: days(9) }, overlapMs: days(4) },
  }),
];
const MINTINGS: Readonly<Record<string, Minting | undefined>> = {
  "the client mints": undefined,
  "the store mints": { by: "store", returnsId: true },
};

/** What an apply does now, as a forecast would say it. */
async function applyNow(universe: Universe): Promise<readonly string[]> {
  const world = { ...universe.boot().world, ledger: openMemoryLedger(universe.history) };
  const { plan } = await makePlan(world);
  const at = universe.clock.now().toISOString();
  const { changes } = await applyPlan(plan, world, { leaseWaitMs: 0, holder: "test" });
  await world.ledger.close();
  return changes.map(({ action, name, outcome }) => `${at} ${action} ${name} ${outcome}`);
}

async function forecastNow(universe: Universe, ahead: number) {
  const world = { ...universe.boot().world, ledger: openMemoryLedger(universe.history) };
  const { plan, facts } = await makePlan(world);
  await world.ledger.close();
  return forecast(facts, plan, { days: ahead, protectedKeys: [] });
}

const ACTIONS = { rotates: "rotate", overdue: "rotate", retires: "revoke" } as const;

const said = (entries: readonly ForecastEntry[]): readonly string[] =>
  entries.flatMap(({ at, what, name }) =>
    what === "expires" ? [] : [`${at} ${ACTIONS[what]} ${name} applied`],
  );

test.each(Object.entries(MINTINGS))(
  "%s: what was forecast for 150 days is what happens",
  async (_way, mint) => {
    const universe = createUniverse("forecast", mint ? { mint } : {});
    universe.declare(...KEYS);
    await applyNow(universe);
    const { entries, cut } = await forecastNow(universe, 150);
    expect(cut).toEqual([]);
    const happened: string[] = [];
    for (const date of new Set(entries.map(({ at }) => at))) {
      universe.clock.advance(Date.parse(date) - universe.clock.now().getTime());
      happened.push(...(await applyNow(universe)));
    }
    expect(happened.toSorted()).toEqual(said(entries).toSorted());
    expect(happened.length).toBeGreaterThan(60);
  },
);

test("a key is told to expire at the instant from which the store refuses it", async () => {
  const universe = createUniverse("forecast");
  universe.declare(...KEYS);
  await applyNow(universe);
  const ends = (await forecastNow(universe, 60)).entries.filter(({ what }) => what === "expires");
  expect(ends.map(({ name }) => name)).toEqual(expect.arrayContaining(["disabled", "fixed"]));
  for (const { at, name, id } of ends.filter((entry) => entry.id !== undefined)) {
    const key = (await universe.liveKeys()).find((each) => each.id === id);
    expect([name, key?.expiresAt]).toEqual([name, at]);
  }
});
