import { expect, test } from "vitest";
import { aKeyManifest, createProject, type Project } from "./project.fixture.ts";
import { liveKeys } from "./store.fixture.ts";

/** One key, planned from the commit. */
async function plannedProject(): Promise<Project> {
  const project = await createProject({ "keys/sync.yaml": aKeyManifest("sync") });
  await project.commit();
  await project.run(["plan", "--ref", "main", "--out", "plan.json"]);
  return project;
}

test("a plan whose commit moved is refused and says so", async () => {
  const project = await plannedProject();
  const before = await project.git.revparse(["HEAD"]);
  const after = await project.commit("Nothing of ours");
  const { code, err } = await project.run(["apply", "--ref", "main", "plan.json"]);
  expect(code).toBe(3);
  expect(err).toContain(
    `PLAN_STALE  the plan is out of date: the commit moved from ${before.slice(0, 12)} to ${after.slice(0, 12)}`,
  );
  expect(err).toContain("hint: make a new plan");
  expect(await liveKeys(project)).toEqual([]);
});

test("a plan that is applied without the ref that it was made at is refused, and the hint says why", async () => {
  const project = await plannedProject();
  const { code, err } = await project.run(["apply", "plan.json"]);
  expect(code).toBe(3);
  expect(err).toMatch(/PLAN_STALE .* the commit moved from [0-9a-f]{12} to none \(a directory\)/);
  expect(err).toContain("hint: call `plan` and `apply` with the same --ref");
  expect(await liveKeys(project)).toEqual([]);
});

test("a plan whose manifests changed is refused and says so", async () => {
  const project = await createProject({ "keys/sync.yaml": aKeyManifest("sync") });
  await project.run(["plan", "--out", "plan.json"]);
  await project.write({ "keys/sync.yaml": aKeyManifest("sync", "roles: [ADMIN]") });
  const { code, err } = await project.run(["apply", "plan.json"]);
  expect(code).toBe(3);
  expect(err).toContain("the plan is out of date: the manifests changed\n");
  expect(await liveKeys(project)).toEqual([]);
});

test("a plan that was applied already is refused: the live store changed", async () => {
  const project = await plannedProject();
  expect(await project.run(["apply", "--ref", "main", "plan.json"])).toMatchObject({ code: 0 });
  const keys = await liveKeys(project);
  const { code, err } = await project.run(["apply", "--ref", "main", "plan.json"]);
  expect(code).toBe(3);
  expect(err).toContain("the plan is out of date: the live store changed\n");
  expect(await liveKeys(project)).toEqual(keys);
  expect(await project.leaks()).toEqual([]);
});

const EDITS: readonly (readonly [string, (plan: string) => string, RegExp])[] = [
  ["edited", (plan) => plan.replaceAll('"READ_ONLY"', '"ADMIN"'), /PLAN_INVALID.*changed after it was made/],
  ["cut short", (plan) => plan.slice(0, plan.length / 2), /PLAN_INVALID.*plan\.json is not JSON/],
  ["of another kind", () => '{"kind":"Run"}', /PLAN_INVALID.*plan\.json is no plan of this version/],
];

test("a plan that is edited, cut short or none at all is refused", async () => {
  const project = await plannedProject();
  const plan = await project.read("plan.json");
  for (const [, edit, message] of EDITS) {
    await project.write({ "plan.json": edit(plan) });
    const { code, err } = await project.run(["apply", "--ref", "main", "plan.json"]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).toContain("hint: ");
  }
  expect(await liveKeys(project)).toEqual([]);
});

test("an apply that nobody can be asked about changes nothing", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const { code, out, err } = await project.run(["apply"]);
  expect(code).toBe(1);
  expect(out).toContain("create scanner");
  expect(err).toContain("nobody can be asked here, so nothing was applied");
  expect(await liveKeys(project)).toEqual([]);
});
