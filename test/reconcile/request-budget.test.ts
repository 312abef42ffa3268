/** What a plan says that it will cost, against what the store counted. */

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openHttpTransport } from "../../src/http/http-transport.ts";
import { createRequestLimiter } from "../../src/http/request-limiter.ts";
import type { Transport } from "../../src/http/transport.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { readAdminToken } from "../../src/server/admin-token.ts";
import { serve } from "../../src/server/serve.ts";
import { createCortexStore } from "../../src/stores/cortex/cortex.ts";
import { makeTemporaryDirectory, RANDOM } from "../contracts/store-contract.fixture.ts";
import { aKey, createUniverse } from "./memory-world.fixture.ts";

interface Counted {
  readonly world: World;
  /** Requests to the store so far. */
  readonly sent: () => number;
}

/** A world on the API that Cortex has, spoken by our own server. */
async function onCortex(keys: number): Promise<Counted> {
  const universe = createUniverse();
  universe.declare(...Array.from({ length: keys }, (_, index) => aKey(`key-${index}`)));
  const { clock } = universe;
  const directory = await makeTemporaryDirectory();
  const settings = { directory: join(directory.path, "store"), port: 0, clock, random: RANDOM };
  const server = await serve(settings);
  const { transport, sent } = counting(openHttpTransport(server.url));
  const store = createCortexStore({
    transport,
    credential: await readAdminToken(server.adminTokenFile),
    clock,
    identity: server.url,
    limiter: createRequestLimiter({ perMinute: Infinity, burst: 1, longestWaitMs: 0 }),
  });
  onTestFinished(async () => {
    await store.close();
    await server.close();
    await directory.remove();
  });
  const { concurrency } = store.capabilities;
  return { world: { ...universe.boot().world, store, concurrency }, sent };
}

function counting(transport: Transport): { readonly transport: Transport; readonly sent: () => number } {
  let count = 0;
  const request: Transport["request"] = (...args) => {
    count += 1;
    return transport.request(...args);
  };
  return { transport: { ...transport, request }, sent: () => count };
}

test.each([1, 50])("a plan for %i new keys says within 15 % what the store is asked for", async (keys) => {
  const { world, sent } = await onCortex(keys);
  const { plan } = await makePlan(world);
  const before = sent();
  const { counts } = await applyPlan(plan, world, { leaseWaitMs: 0, holder: "the test" });
  expect(counts).toMatchObject({ applied: keys });
  const asked = sent() - before;
  const planned = plan.budget?.requests ?? 0;
  expect(Math.abs(planned - asked) / asked).toBeLessThanOrEqual(0.15);
  const again = await makePlan(world);
  expect(again.plan.changes).toEqual([]);
  expect(again.plan).not.toHaveProperty("budget");
});
