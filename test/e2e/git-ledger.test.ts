import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleGit } from "simple-git";
import { expect, onTestFinished, test, vi } from "vitest";
import { aKeyManifest, CONFIG, createProject, manyKeys, type Project, runMain } from "./project.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

const BRANCH = "keywright-ledger";
const GIT_CONFIG = `${CONFIG.replace(/^ledger:.*$/m, "ledger: { driver: git }")}concurrency: 8\n`;

interface Remote {
  readonly path: string;
  readonly git: (...args: readonly string[]) => string;
  /** Runs before every push that the remote is to take; its directory is `path`. */
  hook(script: string): void;
}

/** A project whose repository has a bare one as `origin`. */
async function createPushed(files: Readonly<Record<string, string>>): Promise<[Project, Remote]> {
  const project = await createProject({ "keywright.yaml": GIT_CONFIG, ...files });
  const path = mkdtempSync(join(tmpdir(), "keywright-remote-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: path, encoding: "utf8" }).trim();
  git("init", "--quiet", "--bare", "--initial-branch=main");
  await project.git.addRemote("origin", path);
  await project.commit();
  await project.git.push("origin", "main");
  const hook = (script: string): void =>
    writeFileSync(join(path, "hooks", "pre-receive"), `#!/bin/sh\nread old new ref\n${script}\n`, {
      mode: 0o755,
    });
  return [project, { path, git, hook }];
}

const pushesOf = ({ git }: Remote): number => Number(git("rev-list", "--count", BRANCH));

test("an apply on a Git ledger needs nothing but the repository, and makes few pushes", async () => {
  const [project, remote] = await createPushed(manyKeys(20));
  const { code, err } = await project.run(["apply", "--yes"]);
  expect({ code, err }).toMatchObject({ code: 0 });
  const found = await standings(project);
  expect(found.size).toBe(20);
  for (const standing of found.values()) expect(standing).toEqual(GOOD);
  // Lease, start, finish and release; an intent and a promotion for each key, of which 8 are under way at once.
  expect(pushesOf(remote)).toBeLessThanOrEqual(4 + 2 * (20 / 8) + 8);
  expect(remote.git("log", "-1", "--format=%s", BRANCH)).toMatch(/^run [\w-]+: give the lease back$/);
  expect(await project.git.status()).toMatchObject({ current: "main", files: [] });
  expect((await project.git.branch(["--all"])).all.filter((name) => name.includes(BRANCH))).toEqual([]);
  expect(await project.leaks()).toEqual([]);
  const pushed = pushesOf(remote);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await project.run(["status"])).toMatchObject({ code: 0 });
  expect(pushesOf(remote)).toBe(pushed);
}, 120_000);

test("what a run did is seen from any other clone", async () => {
  const [project, remote] = await createPushed({ "keys/scanner.yaml": aKeyManifest("scanner") });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const other = mkdtempSync(join(tmpdir(), "keywright-clone-"));
  onTestFinished(() => rmSync(other, { recursive: true, force: true }));
  await simpleGit().clone(`file://${remote.path}`, other, ["--depth=1"]);
  const { code, out } = await runMain(["runs", "list"], { cwd: other });
  expect(code).toBe(0);
  expect(out).toContain("applied");
  expect(await readdir(other)).toEqual([".git", ".gitignore", "keys", "keywright.yaml"]);
  expect(await runMain(["ledger", "verify"], { cwd: other })).toMatchObject({ code: 0 });
});

/** Runs an apply, and kills it while the remote considers the first push that announces a change. */
async function killAtIntent(project: Project, remote: Remote, verdict: "accept" | "refuse"): Promise<void> {
  execFileSync("mkfifo", [join(remote.path, "verdict")]);
  remote.hook(`if git log -1 --format=%s "$new" | grep -q ' intent' && [ ! -e reached ]; then
  touch reached; read word < verdict; [ "$word" = accept ]
fi`);
  let child: ChildProcess | undefined;
  const running = project.run(["apply", "--yes"], {
    // What a killed process leaves behind goes with the project.
    env: { TMPDIR: project.directory },
    onStart: (started) => void (child = started),
  });
  await vi.waitFor(() => expect(existsSync(join(remote.path, "reached"))).toBe(true), {
    timeout: 25_000,
    interval: 20,
  });
  child?.kill("SIGKILL");
  expect((await running).signal).toBe("SIGKILL");
  const expected = pushesOf(remote) + (verdict === "accept" ? 1 : 0);
  writeFileSync(join(remote.path, "verdict"), `${verdict}\n`);
  await vi.waitFor(() => expect(pushesOf(remote)).toBe(expected), { timeout: 10_000, interval: 20 });
}

test.each(["refuse", "accept"] as const)(
  "killed before the push of its intents was answered (%s), an apply has changed nothing yet",
  async (verdict) => {
    const [project, remote] = await createPushed(manyKeys(3));
    await killAtIntent(project, remote, verdict);
    expect(await liveKeys(project)).toEqual([]);
    expect((await project.secrets()).size).toBe(0);
    expect(await project.pending()).toEqual([]);
    const held = await project.run(["apply", "--yes"]);
    expect(held.code).toBe(1);
    expect(held.err).toMatch(/LEASE_HELD .* until \d{4}-/);
    expect(await project.leaks()).toEqual([]);
  },
);

test("a remote that takes no pushes is told before anything is changed", async () => {
  const [project, remote] = await createPushed({ "keys/scanner.yaml": aKeyManifest("scanner") });
  remote.hook('echo "protected branch hook declined" >&2; exit 1');
  const { code, err } = await project.run(["apply", "--yes"]);
  expect(code).toBe(1);
  expect(err).toContain("LEDGER_UNUSABLE  the ledger may not write branch keywright-ledger of");
  expect(err).toContain("protection rules");
  expect(await liveKeys(project)).toEqual([]);
});

test("without a remote it is told how to add one", async () => {
  const project = await createProject({
    "keywright.yaml": GIT_CONFIG,
    "keys/scanner.yaml": aKeyManifest("scanner"),
  });
  const { code, err } = await project.run(["apply", "--yes"]);
  expect(code).toBe(1);
  expect(err).toContain('LEDGER_UNUSABLE  the ledger\'s remote "origin" is no remote of the repository at');
  expect(err).toContain("git remote add");
  expect(await liveKeys(project)).toEqual([]);
});
