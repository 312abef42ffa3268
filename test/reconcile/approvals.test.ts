import { expect, test } from "vitest";
import type { ApprovalRule } from "../../src/core/approval/approval.ts";
import { DEFAULT_DRIFT_POLICY } from "../../src/core/drift/finding.ts";
import { digestOf } from "../../src/core/digest.ts";
import { DAY_MS } from "../../src/core/duration.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { KeyStore } from "../../src/core/ports.ts";
import { renderRoles } from "../../src/core/role-ref.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { checkDrift } from "../../src/reconcile/check-drift.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import type { World } from "../../src/reconcile/world.ts";
import { aKey, createUniverse } from "./memory-world.fixture.ts";

const OPTIONS = { leaseWaitMs: 0, holder: "test" };
const MANAGER = [{ type: "default", role: "MANAGER" }] as const;
const ADMIN = [{ type: "default", role: "ADMIN" }] as const;
const RULES: readonly ApprovalRule[] = [
  { risks: ["first-admin", "privilege-widened"], team: "acme/security" },
  { risks: ["privilege-widened"], label: "widened" },
];

/** `a` and `b` exist; then the manifest of `a` lets it do more. */
async function aWidened() {
  const universe = createUniverse();
  universe.declare(aKey("a"), aKey("b"));
  await universe.boot().run();
  universe.declare(aKey("a", { roles: MANAGER }), aKey("b"));
  const world: World = { ...universe.boot().world, approvals: RULES };
  return { universe, world, plan: (await makePlan(world)).plan };
}

const changesOf = async (world: World): Promise<number> => (await makePlan(world)).plan.changes.length;

test("what a rule names is refused before anything is done, with what it needs", async () => {
  const { universe, world, plan } = await aWidened();
  expect(plan.risks.map((risk) => risk.class)).toEqual(["privilege-widened"]);
  const before = JSON.stringify(await universe.liveKeys());
  const lines = universe.history.events.length;
  await expect(applyPlan(plan, world, OPTIONS)).rejects.toMatchObject({
    code: "GUARD_REFUSED",
    message:
      "approval: a: READ_ONLY → MANAGER (privilege-widened) needs an approving review by acme/security; a: READ_ONLY → MANAGER (privilege-widened) needs the label widened",
    hint: expect.stringContaining("--allow a"),
  });
  expect(JSON.stringify(await universe.liveKeys())).toBe(before);
  expect(universe.history.events.length).toBe(lines);
  expect((await applyPlan(plan, world, { ...OPTIONS, allowed: ["a"] })).result).toBe("applied");
});

test("what somebody saw approved is carried out, and nothing of another class", async () => {
  const { world, plan } = await aWidened();
  await expect(applyPlan(plan, world, { ...OPTIONS, approved: ["first-admin"] })).rejects.toMatchObject({
    code: "GUARD_REFUSED",
  });
  const record = await applyPlan(plan, world, { ...OPTIONS, approved: ["privilege-widened"] });
  expect(record.result).toBe("applied");
  expect(await changesOf(world)).toBe(0);
});

test("a plan that keeps silent about its risks is refused as any other", async () => {
  const { world, plan } = await aWidened();
  const { digest: _, createdAt, ...body } = { ...plan, risks: [] };
  const silent: Plan = { ...body, createdAt, digest: digestOf(body) };
  await expect(applyPlan(silent, world, OPTIONS)).rejects.toMatchObject({ code: "GUARD_REFUSED" });
});

test("a fix leaves out what needs an approval, says so, and mends the rest", async () => {
  const { universe, world } = await aWidened();
  for (const { id, marker } of await universe.liveKeys())
    if (marker?.name === "b") await universe.store.revoke({ kind: "ApiKey", id });
  const policy = { ...DEFAULT_DRIFT_POLICY, "unapplied-commit": "fix" } as const;
  const { fix, report } = await checkDrift(world, { policy });
  expect(fix.changes.map(({ action, name }) => `${action} ${name}`)).toEqual(["create b"]);
  const waiting = report.findings.find((finding) => finding.class === "unapplied-commit");
  expect(waiting?.response).toBe("report");
  expect(waiting?.details?.join()).toContain("needs an approving review by acme/security");
  const named = await checkDrift(world, { policy, allowed: ["a"] });
  expect(named.fix.changes.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("an administrator's key that vanished is not made again without an approval", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a", { roles: ADMIN }));
  await universe.boot().run();
  const world: World = { ...universe.boot().world, approvals: RULES };
  for (const { id, marker } of await universe.liveKeys())
    if (marker) await universe.store.revoke({ kind: "ApiKey", id });
  const { fix, report } = await checkDrift(world, { policy: DEFAULT_DRIFT_POLICY });
  expect(fix.changes).toEqual([]);
  const [finding] = report.findings;
  expect(`${finding?.class} ${finding?.response}`).toBe("missing report");
  expect(finding?.hint).toMatch(/first-admin.* needs .*: a fix asks nobody; `keywright apply` says how$/);
});

test("a rename that is carried out without the rotation beside it gives no role in place", async () => {
  const universe = createUniverse();
  universe.declare(aKey("a"));
  await universe.boot().run();
  const expires = { type: "after", ms: 30 * DAY_MS } as const;
  universe.declare(aKey("c", { previousNames: ["a"], roles: MANAGER, expires }));
  const { world } = universe.boot();
  const given: string[] = [];
  const store: KeyStore = {
    ...world.store,
    capabilities: {
      ...world.store.capabilities,
      updatable: [...world.store.capabilities.updatable, "roles"],
    },
    update: (request, signal) => {
      if (request.kind === "ApiKey") given.push(...renderRoles(request.roles));
      return world.store.update(request, signal);
    },
  };
  const policy = { ...DEFAULT_DRIFT_POLICY, "unapplied-commit": "fix" } as const;
  const guarded: World = { ...world, store, approvals: RULES };
  const { fix } = await checkDrift(guarded, { policy });
  expect(fix.changes).toMatchObject([{ action: "update", renamedFrom: "a" }]);
  await applyPlan(fix, guarded, OPTIONS);
  expect(given).toEqual(["READ_ONLY"]);
});
