import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Without the machine's own settings. */
export const ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: tmpdir(),
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

export interface TestDirectory {
  readonly path: string;
  write(name: string, content: string | Buffer): void;
  remove(): void;
}

export function aDirectory(files: Readonly<Record<string, string>> = {}): TestDirectory {
  const path = mkdtempSync(join(tmpdir(), "keywright-source-test-"));
  const write = (name: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TestRepository extends TestDirectory {
  git(...args: readonly string[]): string;
  /** Commits all that is in the work tree; gives the commit's id. */
  commit(message?: string): string;
}

export function aRepository(files: Readonly<Record<string, string>> = {}): TestRepository {
  const directory = aDirectory(files);
  const git = (...args: readonly string[]): string => runGitSync(directory.path, ...args);
  git("init", "--quiet", "--initial-branch=main");
  const commit = (message = "change"): string => {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", message);
    return git("rev-parse", "HEAD");
  };
  return { ...directory, git, commit };
}

export const runGitSync = (directory: string, ...args: readonly string[]): string =>
  execFileSync(
    "git",
    [
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.com",
      "-c",
      "protocol.file.allow=always",
      ...args,
    ],
    {
      cwd: directory,
      env: ENVIRONMENT,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "pipe"],
    },
  ).trim();
