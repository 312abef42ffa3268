/** For random histories of manifests: after an apply nothing is left to do, whatever the order of the inputs. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { DesiredKey } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import { canonicalJson } from "../../src/core/digest.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { aKey, consumerIsServed, createUniverse, type Universe } from "./memory-world.fixture.ts";

const NAMES = ["a", "b", "c", "d", "e"];

const keyOf = (name: string): fc.Arbitrary<DesiredKey> =>
  fc
    .record({
      role: fc.constantFrom("READ_ONLY", "USER", "ADMIN"),
      days: fc.constantFrom(7, 30, 90),
      description: fc.constantFrom("", "one", "two"),
      sinks: fc.constantFrom(["local"], ["other"], ["local", "other"]),
      overlapHours: fc.constantFrom(1, 24, 100),
      serial: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      isProtected: fc.boolean(),
    })
    .map(({ role, days, description, sinks, overlapHours, serial, isProtected }) =>
      aKey(name, {
        roles: [{ type: "default", role }],
        expires: { type: "after", ms: days * DAY_MS },
        description,
        deliverTo: sinks.map((sink) => ({ sink, path: name })),
        rotation: {
          trigger: { type: "at", fraction: 0.66 },
          overlapMs: overlapHours * HOUR_MS,
          ...(serial !== undefined && { serial }),
        },
        protected: isProtected,
      }),
    );

const someKeys = fc
  .subarray(NAMES, { minLength: 1 })
  .chain((names) => fc.shuffledSubarray(names, { minLength: names.length }))
  .chain((names) => fc.tuple(...names.map(keyOf)));

interface Step {
  readonly keys: readonly DesiredKey[];
  readonly hours: number;
  readonly losesSlot: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ keys: someKeys, hours: fc.integer({ min: 0, max: 60 * 24 }), losesSlot: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

/** Runs with every name allowed: the guards have tests of their own. */
async function converge(universe: Universe): Promise<void> {
  const process = universe.boot();
  const record = await process.run();
  expect(record?.counts.failed).toBe(0);
}

test("after an apply the next plan is empty, for random histories", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const universe = createUniverse("convergence", { allowed: NAMES });
      for (const { keys, hours, losesSlot } of history) {
        universe.clock.advance(hours * HOUR_MS);
        universe.declare(...keys);
        if (losesSlot) await universe.sinks.get("local")?.remove({ sink: "local", path: "a" }, "current");
        await converge(universe);
        const { plan } = await universe.boot().plan();
        expect(plan.changes).toEqual([]);
        expect(isEmpty(plan)).toBe(true);
        for (const slot of keys.flatMap(({ deliverTo }) => deliverTo)) {
          expect(await consumerIsServed(universe, slot)).toBe(true);
        }
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("the order of manifests and of the store's answers never shows in a plan", async () => {
  await fc.assert(
    fc.asyncProperty(someKeys, someKeys, fc.integer(), async (first, second, seed) => {
      const universe = createUniverse("order", { allowed: NAMES });
      universe.declare(...first);
      await converge(universe);
      universe.declare(...second);
      const { world } = universe.boot();
      const { plan } = await makePlan(world);
      universe.declare(...shuffled(second, seed));
      const store: KeyStore = { ...world.store, list: (kind) => reordered(universe.store.list(kind), seed) };
      const { plan: other } = await makePlan({ ...world, store });
      expect(canonicalJson(other.changes)).toBe(canonicalJson(plan.changes));
      expect(other.liveDigest).toBe(plan.liveDigest);
    }),
    { numRuns: 60 },
  );
}, 60_000);

async function* reordered<T>(items: AsyncIterable<T>, seed: number): AsyncGenerator<T> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  yield* shuffled(all, seed);
}

/** A permutation that follows from the seed alone. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  return items
    .map((item, index) => ({ item, rank: Math.imul(seed ^ (index + 1), 2_654_435_761) >>> 0 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
