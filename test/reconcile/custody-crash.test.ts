/** Custody of a key that a person made, taken by a process that dies before or after any one of its operations. */

import { expect, test } from "vitest";
import type { Slot } from "../../src/core/desired.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import { fingerprintOf } from "../../src/core/key-format.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import type { LiveKey } from "../../src/core/live.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { Minting } from "../../src/core/ports.ts";
import type { KeyRequest } from "../../src/core/request.ts";
import type { Secret } from "../../src/core/secret.ts";
import { aKey, consumerIsServed, createUniverse, type Fuse, type Universe } from "./memory-world.fixture.ts";

interface Scenario {
  readonly name: string;
  readonly mint?: Minting;
  readonly slots: readonly Slot[];
  readonly blind?: boolean;
  /** What is asked for; absent: custody. */
  readonly isLeak?: boolean;
}

const NAME = "a";
const WHY = { name: NAME, reason: "moving to CI" } as const;
const LOCAL = { sink: "local", path: NAME };
const BOTH = [LOCAL, { sink: "other", path: NAME }];

const SCENARIOS: readonly Scenario[] = [
  { name: "custody", slots: [LOCAL] },
  { name: "custody into two sinks", slots: BOTH },
  { name: "custody, one of two sinks blind", slots: BOTH, blind: true },
  { name: "a leak", slots: [LOCAL], isLeak: true },
];

const MINTS: readonly (readonly [string, Minting | undefined])[] = [
  ["sink-first", undefined],
  ["minted by the store", { by: "store", returnsId: true }],
  ["minted by the store, no id", { by: "store", returnsId: false }],
];

const CASES = MINTS.flatMap(([how, mint]) =>
  SCENARIOS.map((scenario) => ({ ...scenario, how, ...(mint && { mint }) })),
);

test.each(CASES)(
  "$how, $name: whoever holds the old value is let in until its end, whatever dies",
  async (scenario) => {
    const { universe, request } = await prepared(scenario);
    const rehearsal = universe.boot();
    expect(await rehearsal.run(undefined, [request])).toMatchObject({ result: "applied" });
    expect(rehearsal.operations()).toBeGreaterThan(3);
    for (let at = 0; at < rehearsal.operations(); at += 1) {
      for (const when of ["before", "after"] as const) await survives(scenario, { at, when });
    }
  },
);

interface Prepared {
  readonly universe: Universe;
  readonly request: KeyRequest;
  /** Of the adopted key. */
  readonly id: string;
  readonly secret: Secret;
}

async function prepared({ mint, blind, slots, isLeak }: Scenario): Promise<Prepared> {
  const universe = createUniverse("custody", { blind: blind ?? false, ...(mint && { mint }) });
  universe.store.makeByHand();
  const { id, secret } = universe.store.makeByHand();
  universe.declare(aKey(NAME, { adopt: { id }, deliverTo: slots, expires: { type: "never" } }));
  await universe.boot().run();
  const operation = (await ours(universe))[0]?.marker?.operation ?? "nothing";
  const request: KeyRequest = isLeak ? { type: "leak", ...WHY, operation } : { type: "take-custody", ...WHY };
  return { universe, request, id, secret };
}

const ours = async (universe: Universe): Promise<readonly LiveKey[]> =>
  (await universe.liveKeys()).filter(({ marker }) => marker?.name === NAME);

const recordOf = ({ history }: Universe): KeyRecord | undefined => history.table.get(NAME)?.record;

async function survives(scenario: Scenario, fuse: Fuse): Promise<void> {
  const at = `${scenario.name}, ${fuse.when} operation ${fuse.at}`;
  const world = await prepared(scenario);
  const { universe, request } = world;
  await universe.boot(fuse).run(undefined, [request]);
  await holdsInvariants(world, scenario, at);
  // Where nothing is on its way, the adopted key is as it was, and a person asks again.
  const isUntouched = recordOf(universe) === undefined;
  expect(isUntouched && (await ours(universe)).length > 1, at).toBe(false);
  if (isUntouched) await universe.boot().run(undefined, [request]);
  for (let run = 0; run < 3; run += 1) {
    await universe.boot().run();
    await holdsInvariants(world, scenario, at);
  }
  await hasConverged(world, scenario, at);
}

async function holdsInvariants(
  { universe, id, secret }: Prepared,
  { slots, blind, isLeak }: Scenario,
  at: string,
): Promise<void> {
  const { current } = recordOf(universe) ?? {};
  const isHeld = !current || current.id === id;
  // I2, of those who hold the value elsewhere: nothing ends for them before a successor is current.
  if (isHeld || !isLeak)
    expect((await universe.store.verify(secret)).valid, `I2, elsewhere, ${at}`).toBe(true);
  for (const slot of slots) {
    const isFull = universe.sinks.get(slot.sink)?.peek(slot) !== undefined;
    if (isFull || !isHeld) expect(await consumerIsServed(universe, slot), `I2 ${at}`).toBe(true);
  }
  const byHand = (await universe.liveKeys()).filter(({ marker }) => !marker);
  expect(byHand, `I4 ${at}`).toHaveLength(2);
  expect((await ours(universe)).length, `I5 ${at}`).toBeLessThanOrEqual(blind ? 3 : 2);
}

async function hasConverged(
  { universe, id }: Prepared,
  { slots, isLeak }: Scenario,
  at: string,
): Promise<void> {
  const { plan } = await universe.boot().plan();
  expect(isEmpty(plan), at).toBe(true);
  const record = recordOf(universe);
  expect(record?.intent, at).toBeUndefined();
  expect(record?.current?.id, at).not.toBe(id);
  for (const slot of slots) {
    const entry = universe.sinks.get(slot.sink)?.peek(slot);
    expect(entry && fingerprintOf(entry.secret), at).toBe(record?.current?.fingerprint);
    expect(universe.sinks.get(slot.sink)?.peek(slot, "pending"), at).toBeUndefined();
  }
  const live = (await ours(universe)).map((key) => key.id);
  expect(live.includes(id), at).toBe(!isLeak);
  universe.clock.advance(2 * DAY_MS);
  await universe.boot().run();
  expect(
    (await ours(universe)).map((key) => key.id),
    at,
  ).toEqual([record?.current?.id]);
}
