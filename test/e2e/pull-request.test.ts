/** The whole way: a pull request, its merge, what that made, what somebody then did in the store, and how it was mended. */

import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { pushEvent, scheduleEvent } from "../action/events.fixture.ts";
import { exampleFile } from "./example-job.fixture.ts";
import { aPullRequestScene, type PullRequestScene } from "./pull-request.fixture.ts";

// Many starts of the bundle each: long on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

const file = (path: string): Readonly<Record<string, string>> => ({ [path]: exampleFile(path) });
const MAIN = { ...file("policy.yaml"), ...file("keys/entities-scanner.yaml") };
const ALL_KEYS = ["break-glass active", "catalog-sync active", "entities-scanner active"];
const CONSUMERS = [
  "SCANNER_TOKEN: entities-scanner",
  "services/break-glass: break-glass",
  "services/catalog: catalog-sync",
];
const CATALOG = "keys/catalog-sync.yaml";

const commentsOn = ({ hosted }: PullRequestScene, pull: number) => hosted.issues.comments(pull);

/** Of the commit that `main` is at. */
function statusOf({ hosted, git }: PullRequestScene): string {
  const { state, description } = hosted.checks.status(git.tip("main") ?? "", "keywright/apply (acme)") ?? {};
  return `${state}: ${description}`;
}

/** What consumers find in their slots, by the name of the key that it lets them in as. */
async function consumersOf(scene: PullRequestScene): Promise<readonly string[]> {
  const { store } = scene;
  const names = new Map((await store.keys()).map(({ id, name }) => [id, name]));
  const slots = [...scene.delivered()].map(async ([slot, value]) => {
    const id = await store.identify(value);
    return `${slot}: ${id === undefined ? "nobody" : names.get(id)}`;
  });
  return (await Promise.all(slots)).toSorted();
}

const livingKeys = async ({ store }: PullRequestScene): Promise<readonly string[]> =>
  (await store.keys())
    .filter(({ status }) => status !== "revoked")
    .map(({ name, status }) => `${name} ${status}`)
    .toSorted();

const openIssues = ({ hosted }: PullRequestScene) => hosted.issues.all().filter(({ isPull }) => !isPull);

test("S2: the jobs of the example bring a pull request's keys to their consumers, find what was edited and mend it, and no secret stands elsewhere", async () => {
  const scene = await aPullRequestScene(MAIN, (config) =>
    config.replace("onAltered: report", "onAltered: fix"),
  );
  const { git, hosted, store, vault, watch } = scene;
  git.commit("change", { ...file("keys/break-glass.yaml"), ...file(CATALOG) }, { from: "main" });
  const pull = hosted.pulls.open({ head: "change", title: "Two more keys" });
  const before = await store.changes();

  // Opened: it is validated without a secret and planned, and what it needs is told.
  const validated = await scene.runJob("validate", scene.event(pull, "opened"), { hasSecrets: false });
  expect([validated.code, validated.annotations], validated.shown).toEqual([0, []]);
  const first = await scene.runJob("plan", scene.event(pull, "opened"));
  expect(first.code, first.shown).toBe(0);
  expect(first.outputs).toMatchObject({ "exit-code": "2", changes: "4", create: "3", update: "1" });
  const [comment] = commentsOn(scene, pull).map(({ id, body }) => ({ id, body }));
  expect(comment?.body).toContain("**Plan: 3 to create, 0 to rotate, 1 to update, 0 to revoke.**");
  expect(comment?.body).toContain("Risk **high**: 1 first admin, 1 privilege widened.");
  expect(comment?.body).toContain(
    "- 2 approving reviews, for **first admin, privilege widened**: `break-glass`",
  );
  // The job has no way into Vault.
  expect(comment?.body).toMatch(
    /`SINK_UNREADABLE` vault: field=token path=services\/catalog could not be read: /,
  );
  expect(hosted.checks.runs).toMatchObject([{ name: "keywright plan (acme)", conclusion: "success" }]);

  // Pushed to: the same comment says what is so now, and another check stands at the new commit.
  git.commit("change", { [CATALOG]: exampleFile(CATALOG).replace("[USER]", "[MANAGER]") });
  const second = await scene.runJob("plan", scene.event(pull));
  expect(second.outputs["comment-url"]).toBe(first.outputs["comment-url"]);
  const [edited, ...others] = commentsOn(scene, pull);
  expect([edited?.id, others]).toEqual([comment?.id, []]);
  expect(edited?.body).toContain("- roles: MANAGER");
  const { headSha } = hosted.pulls.get(pull);
  expect(hosted.checks.runs.map(({ sha }) => sha === headSha)).toEqual([false, true]);
  expect([await store.changes(), vault.seen]).toEqual([before, []]);

  // Merged with one review of two: nothing happens, and what is lacking is told.
  hosted.pulls.review(pull, "ann", "APPROVED");
  git.commit("unrelated", { "README.md": "Keys" }, { from: "main" });
  const sha = hosted.pulls.merge(pull);
  const refused = await scene.runJob("apply", pushEvent({ sha }));
  expect([refused.code, refused.outputs["exit-code"]], refused.shown).toEqual([3, "3"]);
  expect(commentsOn(scene, pull)[0]?.body).toContain("needs 2 approving reviews (there is 1)");
  expect(statusOf(scene)).toMatch(/^failure: Nothing was done\. GUARD_REFUSED: approval: /);
  expect(refused.summary.match(/GUARD_REFUSED/g)).toHaveLength(1);
  expect([await store.keys(), [...scene.delivered()]]).toEqual([[], []]);

  // With the second one the same job applies it all, and says so everywhere.
  hosted.pulls.review(pull, "bob", "APPROVED");
  const applied = await scene.runJob("apply", pushEvent({ sha }));
  expect(applied.code, applied.shown).toBe(0);
  expect(applied.outputs).toMatchObject({ applied: "4", failed: "0", "not-run": "0", unknown: "0" });
  expect(await livingKeys(scene)).toEqual(ALL_KEYS);
  expect(await consumersOf(scene)).toEqual(CONSUMERS);
  expect(statusOf(scene)).toBe("success: Applied: 4 applied.");
  expect(commentsOn(scene, pull)).toMatchObject([
    { id: comment?.id, body: expect.stringContaining("### Keywright `acme`: applied") },
  ]);
  // The job is run again: it knows what was applied, so there is nothing to do.
  const again = await scene.runJob("apply", pushEvent({ sha }));
  expect([again.code, again.outputs["changes"], again.annotations], again.shown).toEqual([0, "0", []]);

  // Somebody edits a key: it is found, and one issue says so. The mending closes it.
  const key = (await store.keys()).find(({ name }) => name === "entities-scanner");
  await store.edit(key?.id ?? "", { description: "Edited by hand" });
  scene.later();
  const found = await scene.runJob("drift", scheduleEvent({ sha }), { inputs: { fix: "false" } });
  expect([found.code, found.outputs], found.shown).toEqual([0, { "exit-code": "2", findings: "1" }]);
  expect(found.shown).toContain("Edited by hand → API key used for entities scanner script");
  expect(found.shown).toContain(`the last in full: commit ${sha.slice(0, 12)}`);
  expect(openIssues(scene)).toMatchObject([
    { state: "open", body: expect.stringContaining("entities-scanner") },
  ]);
  scene.later();
  const mended = await scene.runJob("drift", scheduleEvent({ sha }));
  expect([mended.code, mended.outputs], mended.shown).toEqual([0, { "exit-code": "0", findings: "0" }]);
  expect(mended.summary).toMatch(/\*\*No drift\.\*\*[^]*Applied: 1 applied\.[^]*changed description/);
  expect(await store.keys()).toContainEqual(
    expect.objectContaining({ id: key?.id, description: "API key used for entities scanner script" }),
  );
  expect(openIssues(scene)).toMatchObject([{ state: "closed" }]);
  expect(await consumersOf(scene)).toEqual(CONSUMERS);

  expect(watch.count()).toBeGreaterThan(20);
  expect(watch.leaks()).toEqual([]);
  expect(readdirSync(scene.scratch)).toEqual([]);
});

/** For the bundle: as if so much time had passed. */
function ahead(minutes: number): Readonly<Record<string, string>> {
  const code = `const D = Date, ahead = ${minutes} * 6e4;
    globalThis.Date = class extends D {
      constructor(...args) { args.length > 0 ? super(...args) : super(D.now() + ahead); }
      static now() { return D.now() + ahead; }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

test("an apply that is killed after it has minted is made good by the next jobs, two at once: no key is lost, none is left over", async () => {
  const scene = await aPullRequestScene(
    {
      ...MAIN,
      ...file(CATALOG),
    },
    (config) => config.replace(/^approvals:[^]*/m, ""),
  );
  const { git, github, hosted, store, watch } = scene;
  git.commit("change", file("keys/break-glass.yaml"), { from: "main" });
  const pull = hosted.pulls.open({ head: "change" });
  await scene.runJob("plan", scene.event(pull));
  const sha = hosted.pulls.merge(pull);
  let running: ChildProcess | undefined;
  github.interfere(({ method, path }) => {
    if (method !== "PUT" || !path.includes("/secrets/")) return undefined;
    running?.kill("SIGKILL");
    // The value is there, and nobody has heard of it.
    return { late: "cut" };
  });
  const died = await scene.runJob("apply", pushEvent({ sha }), {
    onStart: (child) => (running = child),
  });
  github.interfere(() => undefined);
  expect([died.code, (await store.keys()).length > 0]).toEqual([null, true]);

  // Its lease stands for a while: who does not wait for its end is told so, and has done nothing.
  const early = await scene.runJob("apply", pushEvent({ sha }), { inputs: { wait: "0" } });
  expect([early.code, early.annotations.at(-1)?.title], early.shown).toEqual([1, "LEASE_HELD"]);
  const late = { env: ahead(15) };
  const both = await Promise.all([1, 2].map(() => scene.runJob("apply", pushEvent({ sha }), late)));
  for (const { code, shown } of both) expect(code, shown).toBe(0);
  // The one did it all, and the other found it done.
  expect(new Set(both.map(({ outputs }) => outputs["applied"]))).toEqual(new Set(["3", undefined]));
  expect(await consumersOf(scene)).toEqual(CONSUMERS);
  expect(statusOf(scene)).toMatch(/^success: /);
  expect(commentsOn(scene, pull)).toMatchObject([{ body: expect.stringContaining("`acme`: applied") }]);
  // GitHub does not say what it holds, so another key took the place of the one that it may have got; that one has its overlap.
  const ended = await scene.runJob("apply", pushEvent({ sha }), { env: ahead(50 * 60) });
  expect([ended.code, ended.outputs["revoke"]], ended.shown).toEqual([0, "1"]);
  expect(await livingKeys(scene)).toEqual(ALL_KEYS);
  expect(await consumersOf(scene)).toEqual(CONSUMERS);
  expect(watch.leaks()).toEqual([]);
});
