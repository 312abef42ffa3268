/** The bare repository behind a repository of our GitHub: what branches and commits there are is asked of Git itself. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ENVIRONMENT, runGitSync } from "../../src/sources/repository.fixture.ts";

export interface GitComparison {
  readonly status: "ahead" | "behind" | "identical" | "diverged";
  /** Oldest first. */
  readonly shas: readonly string[];
  readonly behind: number;
  readonly mergeBase: string;
}

export interface MergeRequest {
  readonly base: string;
  readonly headSha: string;
  /** `squash` makes one commit with one parent. */
  readonly method: "merge" | "squash";
  readonly message: string;
  readonly author: string;
}

export class BareRepository {
  readonly path: string;
  /** A commit stays. */
  readonly #commits = new Map<string, string>();

  constructor(path: string) {
    this.path = path;
  }

  git(...args: readonly string[]): string {
    return runGitSync(this.path, ...args);
  }

  /** Undefined: git says no. */
  ask(...args: readonly string[]): string | undefined {
    try {
      return this.git(...args);
    } catch {
      return undefined;
    }
  }

  tip(branch: string): string | undefined {
    // A process for each look would take most of the time of a test.
    const file = join(this.path, "refs", "heads", branch);
    const loose = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
    return loose ?? this.find(`refs/heads/${branch}`);
  }

  /** Undefined: there is no such commit. */
  find(ref: string): string | undefined {
    const known = this.#commits.get(ref);
    if (known !== undefined) return known;
    const found = this.ask("rev-parse", "--quiet", "--verify", "--end-of-options", `${ref}^{commit}`);
    if (found === ref) this.#commits.set(ref, found);
    return found;
  }

  /** For whoever fetches it: where the head of a pull request is now. */
  pointTo(ref: string, sha: string): void {
    const file = join(this.path, ref);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${sha}\n`);
  }

  isAncestor(sha: string, of: string): boolean {
    return this.ask("merge-base", "--is-ancestor", sha, of) !== undefined;
  }

  /** What `head` has and `base` has not, oldest first. */
  between(base: string, head: string): readonly string[] {
    return this.git("rev-list", "--reverse", `${base}..${head}`).split("\n").filter(Boolean);
  }

  /** Undefined: one of them is not there, or they have no past in common. */
  compare(base: string, head: string): GitComparison | undefined {
    const [from, to] = [this.commitOrBranch(base), this.commitOrBranch(head)];
    const mergeBase = from && to && this.ask("merge-base", from, to);
    if (!from || !to || !mergeBase) return undefined;
    const shas = this.between(from, to);
    const behind = this.between(to, from).length;
    const ahead = shas.length > 0 ? "ahead" : "identical";
    const status = behind === 0 ? ahead : shas.length > 0 ? "diverged" : "behind";
    return { status, shas, behind, mergeBase };
  }

  commitOrBranch(name: string): string | undefined {
    return this.tip(name) ?? this.find(name);
  }

  /** As the button does it; the id of the commit that the base branch is at then. Throws where there is a conflict. */
  merge({ base, headSha, method, message, author }: MergeRequest): string {
    const old = this.tip(base);
    if (old === undefined) throw new Error(`there is no branch ${base}`);
    const [tree = ""] = this.git("merge-tree", "--write-tree", old, headSha).split("\n");
    const parents = method === "merge" ? ["-p", old, "-p", headSha] : ["-p", old];
    const identity = ["-c", `user.name=${author}`, "-c", `user.email=${author}@example.com`];
    const made = this.git(...identity, "commit-tree", tree, ...parents, "-m", message);
    this.git("update-ref", `refs/heads/${base}`, made, old);
    return made;
  }

  /** The id of a new commit that `branch` is at then: with these files besides those before it, or without (null). */
  commit(branch: string, files: FileChanges, { from, message = "change" }: CommitOptions = {}): string {
    const parent = from === undefined ? this.tip(branch) : this.commitOrBranch(from);
    const lines = [
      `commit refs/heads/${branch}`,
      "mark :1",
      `committer test <test@example.com> ${COMMITTED_AT} +0000`,
      data(message),
      ...(parent === undefined ? [] : [`from ${parent}`]),
      ...Object.entries(files).flatMap(([name, content]) =>
        content === null ? [`D ${name}`] : [`M 100644 inline ${name}`, data(content)],
      ),
      "",
      "get-mark :1",
    ];
    const input = `${lines.join("\n")}\n`;
    // Forced, as a push may be.
    const args = ["fast-import", "--quiet", "--force"];
    const stdio = { cwd: this.path, env: ENVIRONMENT, input, encoding: "utf8" } as const;
    return execFileSync("git", args, { ...stdio, stdio: ["pipe", "pipe", "pipe"] }).trim();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export type FileChanges = Readonly<Record<string, string | null>>;

export interface CommitOptions {
  /** A commit or a branch to go on from. Default: the branch itself, or nothing. */
  readonly from?: string;
  readonly message?: string;
}

const COMMITTED_AT = 1_790_000_000;

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`;

/** In a directory of its own, with one commit on `main`. */
export function createBareRepository(files: FileChanges = {}): BareRepository {
  const path = mkdtempSync(join(tmpdir(), "keywright-bare-"));
  runGitSync(path, "init", "--quiet", "--bare", "--initial-branch=main");
  const repository = new BareRepository(path);
  repository.commit("main", files, { message: "first" });
  return repository;
}
