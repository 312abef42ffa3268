/** Mode `apply` between GitHub and the key store: what is applied after a merge, and what never is. */

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { baselineOf } from "../../src/core/baseline.ts";
import { holder } from "../../src/cli/holder.ts";
import { applyPlan } from "../../src/reconcile/apply-plan.ts";
import { makePlan } from "../../src/reconcile/make-plan.ts";
import { pullEvent, pushEvent } from "./events.fixture.ts";
import { aKey, anApplyScene, type ApplyScene, dispatch } from "./apply-scene.fixture.ts";

/** `main` is applied by hand, as somebody with the command line may. */
async function applyByHand(scene: ApplyScene, ref?: string): Promise<void> {
  const { world } = await scene.world(ref);
  const { plan } = await makePlan(world);
  await applyPlan(plan, world, { leaseWaitMs: 0, holder: holder() });
}

const lastApplied = async (scene: ApplyScene): Promise<string | undefined> => {
  const { world } = await scene.world();
  return baselineOf(await world.ledger.records()).applied?.commit;
};

test("a merged pull request is applied as its plan said, and its one comment tells the outcome", async () => {
  const scene = await anApplyScene();
  const pull = await scene.merged(aKey("second"));
  expect(scene.comments(pull)).toEqual([expect.stringContaining("**On merge:**")]);
  const { code, outputs, summary, annotations } = await scene.apply();
  expect([code, annotations]).toEqual([0, [expect.stringContaining("No commit is known to be applied")]]);
  expect(await scene.delivered()).toEqual(["first", "second"]);
  expect(scene.status()).toBe("success: Applied: 2 applied.");
  expect(outputs).toMatchObject({ applied: "2", failed: "0", "not-run": "0", unknown: "0", create: "2" });
  expect(summary).toContain("second");
  expect(scene.comments(pull)).toEqual([expect.stringContaining("applied")]);
  expect(await lastApplied(scene)).toBe(scene.git.tip("main"));
  // Nothing is left for another run; nobody is told twice.
  const next = scene.git.commit("main", { "README.md": "Read me" });
  expect((await scene.apply()).code).toBe(0);
  expect(scene.status(next)).toBe("success: No changes: 2 keys are as declared.");
  expect(await lastApplied(scene)).toBe(next);
});

test("C1: nothing that belongs to a pull request applies, and neither does another branch", async () => {
  const scene = await anApplyScene();
  const pull = scene.open(aKey("second"));
  const { headSha } = scene.hosted.pulls.get(pull);
  const about = { headSha, mergeSha: headSha, baseSha: scene.git.tip("main") ?? "", number: pull };
  const events = [
    pullEvent(about),
    pullEvent({ ...about, event: "pull_request_target" }),
    pullEvent({ ...about, event: "pull_request_review" }),
    pushEvent({ sha: headSha, branch: "other" }),
  ];
  for (const event of events) {
    const { error } = await scene.apply({ event });
    expect([event.name, error]).toEqual([event.name, expect.stringMatching(/^EVENT_REFUSED: /)]);
  }
  expect(scene.server.requests).toEqual([]);
  expect(await scene.delivered()).toEqual([]);
});

test("a push without a pull request is refused, unless a person agrees to exactly what is to be done", async () => {
  const scene = await anApplyScene();
  const sha = scene.git.commit("main", aKey("second"));
  const { error, hint, outputs, summary } = await scene.apply();
  expect(error).toBe(
    "REVIEW_MISSING: 2 of 2 changes stood in no reviewed plan: create ApiKey first (no pull request showed it), create ApiKey second (no pull request showed it)",
  );
  const digest = outputs["review-digest"] ?? "none";
  expect(hint).toContain(`approve-digest: ${digest}`);
  expect(summary).toContain("Not covered by a reviewed plan");
  expect(scene.status()).toMatch(/^failure: Nothing was done\. REVIEW_MISSING: /);
  const inputs = { "approve-digest": digest };
  expect((await scene.apply({ inputs })).error).toMatch(/^EVENT_REFUSED: approve-digest /);
  const wrong = { "approve-digest": digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")) };
  expect((await scene.apply({ event: dispatch(sha), inputs: wrong })).error).toMatch(
    /^REVIEW_MISSING: approve-d/,
  );
  expect(await scene.delivered()).toEqual([]);
  expect((await scene.apply({ event: dispatch(sha), inputs })).code).toBe(0);
  expect(await scene.delivered()).toEqual(["first", "second"]);
});

test("where the configuration says that reviews are optional, what had none is applied and told", async () => {
  const scene = await anApplyScene({ config: "github: { review: optional }\n" });
  const { code, annotations } = await scene.apply();
  expect(code).toBe(0);
  expect(annotations).toContainEqual(
    expect.stringMatching(/^warning: 1 of 1 change came without a reviewed plan/),
  );
});

test("what was pushed to a pull request after its plan is applied by nobody", async () => {
  const scene = await anApplyScene();
  const pull = scene.open(aKey("second"), "feature");
  await scene.plan(pull);
  scene.git.commit("feature", aKey("second", "ADMIN"), { from: "main" });
  scene.hosted.pulls.merge(pull);
  const { error } = await scene.apply();
  expect(error).toMatch(
    /^REVIEW_MISSING: 2 of 2 changes .*#1 has no check "keywright plan \(acme-\d+\)" at its last commit/,
  );
  expect(await scene.delivered()).toEqual([]);
  expect(scene.comments(pull)).toEqual([expect.stringContaining("Nothing was done")]);
});

test("a squashed pull request is applied; one that was applied before stands for nothing that comes later", async () => {
  const scene = await anApplyScene();
  const pull = scene.open(aKey("second"));
  await scene.plan(pull);
  scene.hosted.pulls.merge(pull, { method: "squash" });
  expect((await scene.apply()).code).toBe(0);
  expect(await scene.delivered()).toEqual(["first", "second"]);
  const removed = await scene.merged({ "keys/second.yaml": null }, "removal");
  const { code, annotations } = await scene.apply({ inputs: { allow: "second" } });
  expect([code, annotations, scene.comments(removed)]).toEqual([0, [], [expect.stringContaining("revoke")]]);
  scene.git.commit("main", aKey("second"));
  expect((await scene.apply()).error).toMatch(/^REVIEW_MISSING: 1 of 1 change /);
});

test("a run that was dropped is made good by the next, and an old one that runs again does nothing", async () => {
  const scene = await anApplyScene();
  await applyByHand(scene);
  const pulls = [await scene.merged(aKey("second"))];
  const old = scene.git.tip("main") ?? "";
  pulls.push(await scene.merged(aKey("third")));
  const { code, annotations } = await scene.apply();
  expect([code, annotations]).toEqual([0, []]);
  expect(await scene.delivered()).toEqual(["first", "second", "third"]);
  for (const pull of pulls) expect(scene.comments(pull)).toEqual([expect.stringContaining("applied")]);
  const again = await scene.apply({ event: pushEvent({ sha: old }) });
  expect([again.code, again.outputs]).toEqual([0, {}]);
  expect(again.annotations).toEqual([expect.stringContaining("the run of that commit applies this one")]);
  expect(await scene.delivered()).toEqual(["first", "second", "third"]);
  expect(scene.status(old)).toBeUndefined();
});

test("what changed in the store since the plan is refused, and told", async () => {
  const scene = await anApplyScene();
  await applyByHand(scene);
  const elsewhere = scene.git.commit("elsewhere", aKey("second", "ADMIN"), { from: "main" });
  const pull = await scene.merged(aKey("second"));
  await applyByHand(scene, elsewhere);
  const { error } = await scene.apply();
  expect(error).toContain("rotate ApiKey second (#1 showed to create it, and not to rotate it)");
  expect(scene.comments(pull)).toEqual([expect.stringContaining("and not to rotate it")]);
});

test("without a permission to look nothing is applied, and the permission is named", async () => {
  const scene = await anApplyScene();
  await scene.merged(aKey("second"));
  for (const [permission, expected] of [
    ["checks", "Could not read the checks of commit"],
    ["pull_requests", "Could not look which pull requests brought"],
    ["contents", "Could not read branch main"],
  ]) {
    scene.allow({ [permission as string]: undefined });
    expect((await scene.apply()).error).toContain(`GITHUB_FORBIDDEN: ${expected}`);
    expect(scene.status()).toMatch(/^error: Nothing was done/);
  }
  expect(await scene.delivered()).toEqual([]);
});

test("a token that may not say what happened is a warning, or a failure where comments are demanded", async () => {
  const scene = await anApplyScene();
  scene.allow({ statuses: undefined, pull_requests: "read", issues: undefined });
  await scene.merged(aKey("second"));
  const { code, annotations } = await scene.apply({ inputs: { comment: "required" } });
  expect([code, await scene.delivered()]).toEqual([1, ["first", "second"]]);
  expect(annotations.join("\n")).toMatch(/warning: Could not set the status[^]*warning: Could not comment/);
  await scene.merged(aKey("third"));
  expect((await scene.apply()).code).toBe(0);
  expect(await scene.delivered()).toEqual(["first", "second", "third"]);
});

test("what is risky waits for what its rule demands, and is applied once that is there", async () => {
  const scene = await anApplyScene({
    config: 'approvals: [{ risks: [first-admin], label: "keys: approved" }]\n',
  });
  const pull = await scene.merged(aKey("root", "ADMIN"));
  expect((await scene.apply()).error).toMatch(
    /^GUARD_REFUSED: approval: .* needs the label keys: approved on #1$/,
  );
  expect(await scene.delivered()).toEqual([]);
  scene.hosted.pulls.label(pull, "keys: approved");
  expect((await scene.apply()).code).toBe(0);
  expect(await scene.delivered()).toEqual(["first", "root"]);
});

test("a rule that the same merge takes away still rules it, and none that comes later", async () => {
  const rules = 'approvals: [{ risks: [first-admin], label: "keys: approved" }]\n';
  const scene = await anApplyScene({ config: rules });
  await applyByHand(scene);
  const loose = scene.config.replace(rules, "github: { review: optional }\n");
  scene.git.commit("main", { "keywright.yaml": loose, ...aKey("second") });
  expect((await scene.apply()).error).toMatch(/^REVIEW_MISSING: /);
  await scene.merged(aKey("root", "ADMIN"));
  expect((await scene.apply()).error).toMatch(/^GUARD_REFUSED: approval: /);
  expect(await scene.delivered()).toEqual(["first"]);
  scene.git.commit("main", { "keys/root.yaml": null, "keys/second.yaml": null });
  expect((await scene.apply()).code).toBe(0);
  scene.git.commit("main", aKey("root", "ADMIN"));
  expect((await scene.apply()).code).toBe(0);
  expect(await scene.delivered()).toEqual(["first", "root"]);
});

test("what fails is told on the commit and the pull request, and another run does what is left", async () => {
  const scene = await anApplyScene();
  const pull = await scene.merged(aKey("second"));
  const free = await scene.block();
  expect((await scene.apply()).code).toBe(1);
  expect(scene.status()).toBe("failure: Failed: 2 failed.");
  expect(scene.comments(pull)).toEqual([expect.stringContaining("not applied")]);
  await free();
  expect((await scene.apply()).code).toBe(0);
  expect(scene.status()).toBe("success: Applied: 2 applied.");
  expect(scene.comments(pull)).toEqual([expect.stringContaining(": applied")]);
});

test("GitHub's secondary limit is waited for, and its failure before the first change changes nothing", async () => {
  const scene = await anApplyScene();
  await scene.merged(aKey("second"));
  const limit = {
    status: 403,
    body: { message: "You have exceeded a secondary rate limit" },
    headers: { "retry-after": "0" },
  };
  let limited = 0;
  scene.server.interfere(({ path }) => (path.includes("check-runs") && limited++ === 0 ? limit : undefined));
  scene.server.takeBreaches();
  expect((await scene.apply()).code).toBe(0);
  expect(limited).toBeGreaterThan(1);
  await scene.merged(aKey("third"));
  const broken = { status: 502, body: { message: "Server Error" } };
  scene.server.interfere(({ path }) => (path.includes("/pulls") ? broken : undefined));
  expect((await scene.apply()).error).toMatch(/^GITHUB_FAILED: /);
  expect(await scene.delivered()).toEqual(["first", "second"]);
});

test("a credential of the store that has expired ends the run, and the commit says so", async () => {
  const store = createServer((_request, response) => {
    response.writeHead(401, { "content-type": "application/problem+json", "www-authenticate": "Bearer" });
    response.end(
      JSON.stringify({ type: "about:blank", title: "Unauthorized", status: 401, code: "unauthorized" }),
    );
  });
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  onTestFinished(() => void store.close());
  const { port } = store.address() as AddressInfo;
  const scene = await anApplyScene({ storeUrl: `http://127.0.0.1:${port}` });
  const pull = scene.open(aKey("second"));
  scene.hosted.pulls.merge(pull);
  const { error } = await scene.apply();
  expect(error).toMatch(/^STORE_UNAUTHORIZED: /);
  expect(scene.status()).toMatch(/^error: Nothing was done\. STORE_UNAUTHORIZED: /);
});

test("a run that waited for another one plans again, and applies what is left", async () => {
  const scene = await anApplyScene({ config: "drift: { onAltered: fix }\n" });
  await applyByHand(scene);
  await scene.merged(aKey("second"));
  const { world } = await scene.world();
  const lease = await world.ledger.lease({ run: "other", description: "another run" }, 0);
  let isMeddled = false;
  const meddle = async (): Promise<void> => {
    for await (const key of world.store.list("ApiKey")) {
      const { id, kind, marker, displayName, labels, roles, securityLevel } = key;
      if (marker?.name !== "first") continue;
      const rest = { displayName, labels, roles, securityLevel, description: "By hand" };
      if (marker.instance === scene.instance) await world.store.update({ kind, id, marker, ...rest });
    }
    await lease.release();
  };
  const { code, log } = await scene.apply({
    onOut: (text) => {
      if (isMeddled || !text.includes("waiting: ")) return;
      isMeddled = true;
      void meddle();
    },
  });
  expect([code, isMeddled]).toEqual([0, true]);
  expect(log).toContain("the live store changed: planning again");
  expect(await scene.delivered()).toEqual(["first", "second"]);
});
