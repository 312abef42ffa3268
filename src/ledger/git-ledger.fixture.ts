/** Repositories for tests of the Git ledger: a bare one that has the branch, and clones of it. */

import { randomBytes } from "node:crypto";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { StoredLedger } from "../core/ports.ts";
import { ENVIRONMENT, runGitSync } from "../sources/repository.fixture.ts";
import { type GitLedgerTiming, openGitLedger } from "./git-ledger.ts";

export const BRANCH = "keywright-ledger";

/** As `git clone` sets it: a push to this remote by its name would move refs of the clone. */
const FETCHED = "+refs/heads/*:refs/remotes/origin/*";

/** Quick in everything that nobody checks the length of. */
export const TIMING: Partial<GitLedgerTiming> = { gatherMs: 0, pollMs: 20, retryMs: [1, 20, 50] };

export interface OpenOptions {
  readonly remote?: string;
  /** Default: the clone. */
  readonly repository?: string;
  readonly branch?: string;
  readonly instance?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timing?: Partial<GitLedgerTiming>;
}

export interface GitWorld {
  readonly root: string;
  /** The bare repository. */
  readonly bare: string;
  /** A clone with a commit in it. */
  readonly clone: string;
  now: Date;
  /** A ledger on the clone's `origin`; closed in the end. */
  open(options?: OpenOptions): Promise<StoredLedger>;
  /** In the bare repository. */
  readonly git: (...args: readonly string[]) => string;
  /** Commits on the ledger's branch: as many as were pushed. */
  pushes(): number;
  /** A file of the branch, without the line end at its end. */
  read(path: string): string;
  /** Puts files in place of the branch's tree, in one commit on top of it or, `isAnew`, without history. */
  write(files: Readonly<Record<string, string>>, isAnew?: boolean): void;
  close(): Promise<void>;
}

type ObjectFormat = "sha1" | "sha256";

const templates = new Map<ObjectFormat, string>();
afterAll(() => {
  for (const root of templates.values()) rmSync(root, { recursive: true, force: true });
});

/** Made once: starting git takes longer than copying what it made. */
function templateOf(format: ObjectFormat): string {
  const made = templates.get(format);
  if (made !== undefined) return made;
  const root = mkdtempSync(join(tmpdir(), "kw-git-template-"));
  const objects = `--object-format=${format}`;
  runGitSync(root, "init", "--quiet", "--bare", "--initial-branch=main", objects, "bare.git");
  runGitSync(root, "init", "--quiet", "--initial-branch=main", objects, "clone");
  const clone = join(root, "clone");
  runGitSync(clone, "commit", "--quiet", "--allow-empty", "--message", "first");
  runGitSync(clone, "push", "--quiet", join(root, "bare.git"), "main");
  templates.set(format, root);
  return root;
}

export function createGitWorld(format: ObjectFormat = "sha1"): GitWorld {
  const root = mkdtempSync(join(tmpdir(), "kw-git-world-"));
  const bare = join(root, "bare.git");
  const clone = join(root, "clone");
  cpSync(templateOf(format), root, { recursive: true });
  appendFileSync(join(clone, ".git", "config"), `[remote "origin"]\n\turl = ${bare}\n\tfetch = ${FETCHED}\n`);
  const opened: StoredLedger[] = [];
  const git = (...args: readonly string[]): string => runGitSync(bare, ...args);
  const world: GitWorld = {
    root,
    bare,
    clone,
    now: new Date("2026-11-21T08:15:00Z"),
    open: async ({ remote = "origin", repository = clone, branch = BRANCH, ...options } = {}) => {
      const ledger = await openGitLedger(
        { remote, repository, branch },
        {
          instance: options.instance ?? "acme-prod",
          clock: { now: () => world.now },
          random: { bytes: (length) => randomBytes(length) },
          environment: options.environment ?? ENVIRONMENT,
        },
        { ...TIMING, ...options.timing },
      );
      opened.push(ledger);
      return ledger;
    },
    git,
    pushes: () => Number(git("rev-list", "--count", BRANCH)),
    read: (path) => git("show", `${BRANCH}:${path}`),
    write: (files, isAnew = false) =>
      writeBranch(world, files, isAnew || git("branch", "--list", BRANCH) === ""),
    close: async () => {
      for (const ledger of opened) await ledger.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return world;
}

function writeBranch(
  { bare, root, git }: GitWorld,
  files: Readonly<Record<string, string>>,
  isAnew: boolean,
): void {
  const work = mkdtempSync(join(root, "work-"));
  const run = (...args: readonly string[]): string => runGitSync(work, ...args);
  run("init", "--quiet", `--object-format=${git("rev-parse", "--show-object-format")}`);
  if (!isAnew) {
    run("fetch", "--quiet", bare, BRANCH);
    run("checkout", "--quiet", "FETCH_HEAD");
    run("rm", "-r", "--quiet", ".");
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), text);
  }
  run("add", "--all", "--force");
  run("commit", "--quiet", "--allow-empty", "--message", "edited");
  run("push", "--quiet", "--force", bare, `HEAD:refs/heads/${BRANCH}`);
}
