import { expect, test } from "vitest";
import { DAY_MS } from "../../src/core/duration.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { aKey, createUniverse } from "./memory-world.fixture.ts";

const OPTIONS = { leaseWaitMs: 0, holder: "test" };

test("a protected key that is due for rotation waits to be named, and the others go on without it", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"), aKey("sealed", { protected: true }));
  await universe.boot().run();
  universe.clock.advance(70 * DAY_MS);
  const record = await universe.boot().run();
  expect(record?.changes.map(({ name, outcome }) => [name, outcome])).toEqual([["a", "applied"]]);
  expect(record?.blocked.map(({ name, code }) => [name, code])).toEqual([["sealed", "PROTECTED"]]);
  expect(record?.result).toBe("applied");

  const { world } = universe.boot();
  const { plan } = await makePlan(world, { allowed: ["sealed"] });
  await expect(applyPlan(plan, world, OPTIONS)).rejects.toMatchObject({ code: "GUARD_REFUSED" });
  const allowed = await applyPlan(plan, world, { ...OPTIONS, allowed: ["sealed"] });
  expect(allowed.changes.map(({ name, action }) => [name, action])).toEqual([["sealed", "rotate"]]);
});
