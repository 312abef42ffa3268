/** `scripts/release-action.mjs`, against a repository of its own: what a release publishes as the Action, and what it refuses. */

import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../scripts/release-action.mjs", import.meta.url));
const ENVIRONMENT = { PATH: process.env["PATH"], HOME: "/nowhere", GIT_CONFIG_NOSYSTEM: "1" };
const WHO = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};

const runScript = (tag: string, directory: string): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [SCRIPT, "--tag", tag, "--directory", directory], {
    env: ENVIRONMENT,
    encoding: "utf8",
  });

const call = (command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> =>
  spawnSync(command, args, { cwd, env: { ...ENVIRONMENT, ...WHO }, encoding: "utf8" });

interface Repository {
  git(...args: readonly string[]): string;
  /** Of the remote: names and commits of tags. */
  tags(): Readonly<Record<string, string | undefined>>;
  release(version: string, bundle?: string): SpawnSyncReturns<string>;
  shaOf(released: SpawnSyncReturns<string>): string;
}

async function createRepository(): Promise<Repository> {
  const root = await mkdtemp(join(tmpdir(), "keywright-release-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [work, bare] = [join(root, "work"), join(root, "bare")];
  const git = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = call("git", args, work);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  mkdirSync(join(work, "action"), { recursive: true });
  call("git", ["init", "--quiet", "--bare", bare], root);
  git("init", "--quiet", "--initial-branch=main");
  git("remote", "add", "origin", bare);
  writeFileSync(join(work, ".gitignore"), "action/\n");
  writeFileSync(join(work, "LICENSE"), "licence\n");
  writeFileSync(join(work, "action.yml"), "runs:\n  using: node24\n  main: action/index.mjs\n");
  return {
    git,
    tags: () => {
      const lines = git("ls-remote", "--tags", "origin").split("\n").filter(Boolean);
      return Object.fromEntries(
        lines.map((line) => line.split("\t")).map(([sha, ref = ""]) => [ref.slice("refs/tags/".length), sha]),
      );
    },
    release: (version, bundle = `bundle of ${version}`) => {
      writeFileSync(join(work, "package.json"), JSON.stringify({ version }));
      writeFileSync(join(work, "action/index.mjs"), bundle);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "-m", version);
      return runScript(`v${version}`, work);
    },
    shaOf: ({ stdout }) => /^sha=([0-9a-f]{40})$/m.exec(stdout)?.[1] ?? "",
  };
}

test("a release of the Action is a commit without history that holds what runs, under a tag that stays and one that moves to the newest", async () => {
  const repository = await createRepository();
  const first = repository.release("1.2.3");
  expect(first).toMatchObject({ status: 0 });
  const sha = repository.shaOf(first);
  expect(repository.tags()).toEqual({ "action-v1.2.3": sha, v1: sha });
  expect(repository.git("ls-tree", "-r", "--name-only", sha).split("\n")).toEqual([
    "LICENSE",
    "action.yml",
    "action/index.mjs",
  ]);
  expect(repository.git("show", `${sha}:action/index.mjs`)).toBe("bundle of 1.2.3");
  expect(repository.git("log", "--format=%P", sha)).toBe("");
  expect(repository.git("status", "--porcelain")).toBe("");
  expect(repository.git("branch", "--all", "--format=%(refname)")).toBe("refs/heads/main");

  const newer = repository.shaOf(repository.release("1.10.0"));
  expect(repository.tags()).toEqual({ "action-v1.2.3": sha, "action-v1.10.0": newer, v1: newer });

  const fix = repository.shaOf(repository.release("1.9.1"));
  expect(repository.tags()).toMatchObject({ "action-v1.9.1": fix, v1: newer });
});

test("building again gives the same commit and pushes nothing; another bundle under the same tag is refused", async () => {
  const repository = await createRepository();
  const first = repository.release("1.2.3");
  const before = repository.tags();
  const directory = repository.git("rev-parse", "--show-toplevel");
  expect(runScript("v1.2.3", directory)).toMatchObject({ status: 0, stdout: first.stdout });
  const other = repository.release("1.2.3", "something else");
  expect(other.status).toBe(1);
  expect(other.stderr).toMatch(/action-v1\.2\.3 is there already, .* a release never changes/);
  expect(repository.tags()).toEqual(before);
});

test.each([
  ["v1.2.4", /not that of package\.json's version 1\.2\.3/],
  ["1.2.3", /is no release/],
  ["v1.2", /is no release/],
  ["v1.2.3; id", /is no release/],
])("a tag such as %s is refused before anything is done", async (tag, told) => {
  const directory = await mkdtemp(join(tmpdir(), "keywright-release-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ version: "1.2.3" }));
  const refused = runScript(tag, directory);
  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toMatch(told);
});
