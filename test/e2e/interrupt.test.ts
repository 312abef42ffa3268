import { type ChildProcess } from "node:child_process";
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  aKeyManifest,
  CONFIG,
  createProject,
  manyKeys,
  type Project,
  type Result,
} from "./project.fixture.ts";
import { standings } from "./store.fixture.ts";

/** Two keys at a time: the signal comes before the end, however busy the machine is. */
const SLOWLY = { "keywright.yaml": `${CONFIG}concurrency: 2\n` };

/** Applies, and sends a signal once so many changes have been applied. */
function applyUntil(project: Project, signal: NodeJS.Signals, after: number): Promise<Result> {
  let isSent = false;
  return project.run(["apply", "--yes"], {
    onErr: (text, child) => {
      if (isSent || text.split(": applied").length <= after) return;
      isSent = true;
      child.kill(signal);
    },
  });
}

/** Whatever happened before: one more apply, and all is as declared, with nothing left over. */
async function expectConvergence(project: Project, names: readonly string[]): Promise<void> {
  const again = await project.run(["apply", "--yes"]);
  expect(again.code, again.err).toBe(0);
  const found = await standings(project);
  expect([...found.keys()].toSorted()).toEqual(names.toSorted());
  expect(
    [...found].filter(([, { live, active, isServed }]) => live !== 1 || active !== 1 || !isServed),
  ).toEqual([]);
  expect(await project.pending()).toEqual([]);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
}

const namesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `key-${i + 1}`);

test("SIGINT ends an apply after the keys at hand, with a record; the next apply does the rest", async () => {
  const project = await createProject(manyKeys(200));
  const { code, out, err } = await applyUntil(project, "SIGINT", 5);
  expect(code).toBe(4);
  expect(err).toContain("ending after the keys at hand; a second signal ends at once");
  const shown = await project.run(["runs", "show", "--format", "json"]);
  const { result, counts } = JSON.parse(shown.out) as { result: string; counts: Record<string, number> };
  expect(result).toBe("interrupted");
  expect(counts["applied"]).toBeGreaterThanOrEqual(5);
  expect(counts["not-run"]).toBeGreaterThan(0);
  expect(counts).toMatchObject({ failed: 0, unknown: 0 });
  expect(out).toContain(`${counts["applied"]} applied`);
  expect(out).toContain(`${counts["not-run"]} not run`);
  expect((await project.secrets()).size).toBe(counts["applied"]);
  await expectConvergence(project, namesOf(200));
  expect(await project.leaks()).toEqual([]);
}, 60_000);

test("SIGTERM does the same", async () => {
  const project = await createProject({ ...SLOWLY, ...manyKeys(24) });
  const { code, out } = await applyUntil(project, "SIGTERM", 1);
  expect(code).toBe(4);
  expect(out).toMatch(/Interrupted|not run/i);
  await expectConvergence(project, namesOf(24));
  expect(await project.leaks()).toEqual([]);
});

test("a second SIGINT ends at once, and the next apply converges all the same", async () => {
  const project = await createProject({ ...SLOWLY, ...manyKeys(24) });
  const killed = await project.run(["apply", "--yes"], {
    onErr: (text, child) => {
      if (text.includes(": applied")) child.kill("SIGINT");
    },
  });
  expect([4, 130]).toContain(killed.code);
  await expectConvergence(project, namesOf(24));
});

/** Kills at the moment at which the ledger's file says something for the n-th time. */
function killAt(project: Project, child: ChildProcess, what: RegExp, times: number): void {
  const directory = join(project.directory, ".keywright/ledger");
  const before = count(directory, what);
  const watcher = watch(directory, () => {
    if (count(directory, what) < before + times) return;
    child.kill("SIGKILL");
    watcher.close();
  });
  onTestFinished(() => watcher.close());
}

const count = (directory: string, what: RegExp): number =>
  readFileSync(join(directory, "ledger.jsonl"), "utf8")
    .split("\n")
    .filter((line) => what.test(line)).length;

const line = (type: "intent" | "outcome", effect: string): RegExp =>
  new RegExp(`(?=.*"type":"${type}")(?=.*"effect":"${effect}")`);

const DEATHS: readonly (readonly [string, RegExp, number])[] = [
  ["while keys are staged", line("intent", "stage-secret"), 3],
  ["while keys are made", line("intent", "create-key"), 2],
  ["while secrets are delivered", line("intent", "deliver-secret"), 1],
  ["between delivery and promotion", line("intent", "unstage-secret"), 3],
];

test.each(DEATHS)("SIGKILL %s loses no key and leaves none", async (_name, what, times) => {
  const names = namesOf(8);
  const project = await createProject({ ...SLOWLY, "keys/key-1.yaml": aKeyManifest("key-1") });
  await project.run(["apply", "--yes"]);
  // Seven creations and a rotation.
  await project.write({ ...manyKeys(8), "keys/key-1.yaml": aKeyManifest("key-1", "roles: [USER]") });
  const killed = await project.run(["apply", "--yes"], {
    onStart: (child) => killAt(project, child, what, times),
  });
  expect(killed.signal).toBe("SIGKILL");
  expect(await project.leaks()).toEqual([]);
  const again = await project.run(["apply", "--yes"]);
  expect(again.code, again.err).toBe(0);
  const found = await standings(project);
  expect([...found.keys()].toSorted()).toEqual(names.toSorted());
  expect([...found.values()].every(({ isServed }) => isServed)).toBe(true);
  // The rotated key's predecessor is in its overlap.
  expect([...found].filter(([, { active, live }]) => active !== 1 || live !== 1)).toEqual([
    ["key-1", { live: 2, active: 2, isServed: true }],
  ]);
  expect(await project.pending()).toEqual([]);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await project.leaks()).toEqual([]);
});
