/** What a key may see, from the manifest to the store and back. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareText } from "../../src/core/issue.ts";
import { canonicalScope, type KeyScope } from "../../src/core/key-scope.ts";
import type { LiveKey } from "../../src/core/live.ts";
import { isEmpty } from "../../src/core/plan.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { renderPlan } from "../../src/report/render-plan.ts";
import { aKey, createUniverse, type Universe } from "./memory-world.fixture.ts";

const MINT = { by: "store", returnsId: true } as const;
const LINUX: KeyScope = { endpointTags: { mode: "scope", names: ["linux"] } };

const open = (seed: string): Universe => createUniverse(seed, { mint: MINT, hasScopes: true });

const scopesOf = async ({ store }: Universe): Promise<Record<string, KeyScope | undefined>> => {
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey", undefined, { hasScope: () => true })) keys.push(key);
  return Object.fromEntries(keys.flatMap(({ marker, scope }) => (marker ? [[marker.name, scope]] : [])));
};

const areaOf = <M extends string>(...modes: readonly M[]) =>
  fc.oneof(
    fc.record({ mode: fc.constantFrom(...modes) }),
    fc.record({
      mode: fc.constant("scope" as const),
      names: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
    }),
  );

const someScope: fc.Arbitrary<KeyScope> = fc
  .record(
    {
      assets: fc.oneof(
        fc.record({ mode: fc.constantFrom("no_scope" as const, "see_all" as const) }),
        fc.record({
          mode: fc.constant("scope" as const),
          groupIds: fc.uniqueArray(fc.nat(5), { minLength: 1 }),
        }),
      ),
      endpointGroups: areaOf("no_scope", "see_all", "any"),
      endpointTags: areaOf("no_scope", "see_all", "any"),
      casesIssues: areaOf("no_scope", "see_all"),
    },
    { requiredKeys: [] },
  )
  .map(canonicalScope);

test("after an apply the store holds every area that is declared, and nothing is left to do, for random scopes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(someScope, someScope), { minLength: 1, maxLength: 4 }),
      async (steps) => {
        const universe = open("scopes");
        for (const [first, second] of steps) {
          universe.declare(aKey("a", { scope: first }), aKey("b", { scope: second }), aKey("c"));
          const record = await universe.boot().run();
          expect(record?.counts.failed).toBe(0);
          expect(isEmpty((await universe.boot().plan()).plan)).toBe(true);
          const held = await scopesOf(universe);
          expect(held).toMatchObject({ a: first, b: second });
          expect(held["c"]).toMatchObject({ assets: { mode: "see_all" } });
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("a new key has its scope from its first moment, and so has the one that a rotation makes", async () => {
  const universe = open("first");
  universe.declare(aKey("a", { scope: LINUX }));
  const seen: (KeyScope | undefined)[] = [];
  const { world } = universe.boot();
  const run = async () => {
    const store: KeyStore = {
      ...world.store,
      create: async (request, signal) => {
        if (request.kind === "ApiKey") seen.push(request.scope);
        return world.store.create(request, signal);
      },
    };

    const { plan } = await makePlan({ ...world, store });
    await applyPlan(plan, { ...world, store }, { leaseWaitMs: 0, holder: "test" });
  };
  await run();
  universe.clock.advance(65 * 24 * 3_600_000);
  await run();
  expect(seen).toEqual([LINUX, LINUX]);
});

test("only keys whose manifest declares a scope are asked for theirs, under their earlier names too", async () => {
  const universe = open("wanted");
  universe.declare(aKey("a", { scope: LINUX }), aKey("b"), aKey("old", { scope: LINUX }));
  await universe.boot().run();
  universe.store.makeByHand({ displayName: "Foreign" });
  const renamed = { displayName: "old", deliverTo: [{ sink: "local", path: "old" }] };
  universe.declare(
    aKey("a", { scope: LINUX }),
    aKey("b"),
    aKey("new", { ...renamed, scope: LINUX, previousNames: ["old"] }),
  );
  const asked: string[] = [];
  const { world } = universe.boot();
  const store: KeyStore = {
    ...world.store,
    list: (kind, signal, wanted) =>
      world.store.list(kind, signal, {
        hasScope: (key) => {
          const isWanted = wanted?.hasScope(key) ?? false;
          if (isWanted) asked.push(key.marker?.name ?? "");
          return isWanted;
        },
      }),
  };
  const { plan } = await makePlan({ ...world, store });
  expect(asked.toSorted(compareText)).toEqual(["a", "old"]);
  expect(plan.changes).toMatchObject([{ action: "update", fields: [{ field: "name" }] }]);
  universe.declare(aKey("b"));
  asked.length = 0;
  await makePlan({ ...world, store });
  expect(asked).toEqual([]);
});

test("a key that is to be adopted is asked for its scope too: what it would see more is told before", async () => {
  const universe = open("adopted");
  const { id } = universe.store.makeByHand({ displayName: "Hand" });
  universe.store.editByHand(id, { scope: LINUX });
  const scope = { endpointTags: { mode: "see_all" } } as const;
  universe.declare(aKey("a", { adopt: { id }, deliverTo: [], scope }));
  const { plan } = await universe.boot().plan();
  expect(plan.risks.map(({ message }) => message)).toEqual(["a: endpointTags scope: linux → see_all"]);
});

test("a person's change of an undeclared area is let be; one of a declared area is undone", async () => {
  const universe = open("hands");
  universe.declare(aKey("a", { scope: LINUX }));
  await universe.boot().run();
  const key = (await universe.liveKeys()).find(({ marker }) => marker);
  if (!key?.marker) throw new Error("there is a key");
  const byHand = { assets: { mode: "no_scope" }, endpointTags: { mode: "see_all" } } as const;
  await universe.store.update({ ...key, marker: key.marker, scope: byHand });
  const { plan } = await universe.boot().plan();
  expect(plan.changes).toMatchObject([
    { action: "update", fields: [{ field: "scope.endpointTags", from: "see_all", to: "scope: linux" }] },
  ]);
  await universe.boot().run();
  expect((await scopesOf(universe))["a"]).toMatchObject({ ...LINUX, assets: { mode: "no_scope" } });
});

test("a change that is not about the scope does not write it", async () => {
  const universe = open("description");
  universe.declare(aKey("a", { scope: LINUX }));
  await universe.boot().run();
  universe.declare(aKey("a", { scope: LINUX, description: "other" }));
  const { world } = universe.boot();
  const written: boolean[] = [];
  const store: KeyStore = {
    ...world.store,
    update: (request, signal) => {
      written.push("scope" in request);
      return world.store.update(request, signal);
    },
  };
  const { plan } = await makePlan({ ...world, store });
  await applyPlan(plan, { ...world, store }, { leaseWaitMs: 0, holder: "test" });
  expect(written).toEqual([false]);
});

test("a plan shows the scope of a new key, and what a widened one will see", async () => {
  const universe = open("text");
  universe.declare(aKey("a", { scope: LINUX }));
  const textOf = async () => {
    const { plan, facts } = await universe.boot().plan();
    return renderPlan(plan, { format: "text", colors: false, now: facts.now });
  };
  expect(await textOf()).toContain("scope: endpointTags scope: linux");
  await universe.boot().run();
  universe.declare(aKey("a", { scope: { endpointTags: { mode: "see_all" } } }));
  const text = await textOf();
  expect(text).toContain("scope.endpointTags: scope: linux → see_all");
  expect(text).toContain("SCOPE_WIDENED a will see what it did not see before");
});

test("a key that declares a scope is left alone in a store without scopes; the others go on", async () => {
  const universe = createUniverse("none", { mint: MINT });
  universe.declare(aKey("a", { scope: LINUX }), aKey("b"));
  const record = await universe.boot().run();
  expect(record?.blocked).toMatchObject([{ name: "a", code: "SCOPE_UNSUPPORTED" }]);
  expect(Object.keys(await scopesOf(universe))).toEqual(["b"]);
});
