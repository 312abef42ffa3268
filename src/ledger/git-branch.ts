/**
 * The branch that holds the ledger, through a bare repository of our own: what is fetched and made lies there, and the
 * user's repository gives nothing but the settings with which servers are reached.
 */

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";
import type { KeywrightError } from "../core/error.ts";
import { FETCH, openGitClient } from "../git/git-client.ts";
import { readGitConfig, settingsBesides, withGitSettings } from "../git/git-config.ts";
import { type Environment, gitEnvironment } from "../git/git-environment.ts";
import { type GitOptions, runGit } from "../git/git-process.ts";
import { type CommitContent, renderCommit } from "./git-commit.ts";
import { isNotPermitted, noGit, unreachable } from "./git-fault.ts";
import { findRemote, type GitRemote, REMOTE, type RemoteSettings } from "./git-remote.ts";

export interface BranchSettings extends RemoteSettings {
  readonly branch: string;
}

/** `behind` and `refused` are the repository's word; `unknown`: the answer never came. */
export interface PushAnswer {
  readonly status: "pushed" | "behind" | "refused" | "unknown";
  readonly said: string;
}

export interface TreeFile {
  readonly path: string;
  readonly id: string;
}

const TIP = "refs/keywright/tip";

export class GitBranch {
  /** For messages, without credentials. */
  readonly place: string;
  readonly #remote: GitRemote;
  readonly #ref: string;
  readonly #local: GitOptions;
  readonly #client: SimpleGit;
  #isFetched = false;

  private constructor(remote: GitRemote, branch: string, local: GitOptions, client: SimpleGit) {
    this.place = `branch ${branch} of ${remote.shown}`;
    this.#remote = remote;
    this.#ref = `refs/heads/${branch}`;
    this.#local = local;
    this.#client = client;
  }

  /** Throws LEDGER_UNUSABLE. To be closed in the end. */
  static async open(settings: BranchSettings, environment: Environment): Promise<GitBranch> {
    const remote = await findRemote(settings, environment);
    const directory = await mkdtemp(join(tmpdir(), "keywright-ledger-"));
    try {
      const offline = { ...gitEnvironment(environment, "none"), GIT_DIR: directory };
      const local: GitOptions = { directory, environment: offline };
      const base = await readGitConfig(local);
      const online = { ...gitEnvironment(environment, remote.transports), GIT_DIR: directory };
      const client = openGitClient({
        directory,
        environment: withGitSettings(online, settingsBesides(base, remote.settings)),
      });
      const branch = new GitBranch(remote, settings.branch, local, client);
      await branch.#init("sha1");
      return branch;
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The branch's newest commit, as the repository has it now; undefined when there is no such branch. */
  async fetch(): Promise<string | undefined> {
    // Only the newest at first; later what came after it, so that it can be told whether a commit of ours is in.
    const depth = this.#isFetched ? [] : ["--depth=1"];
    try {
      await this.#client.raw([...FETCH, ...depth, "--", REMOTE, `+${this.#ref}:${TIP}`]);
    } catch (error) {
      const message = messageOf(error);
      if (/mismatched algorithms: client sha1; server sha256/.test(message)) {
        await this.#init("sha256");
        return this.fetch();
      }
      if (!/couldn't find remote ref/.test(message)) throw this.#unreachable(message);
      if (!this.#isFetched) await this.#learnFormat();
      return undefined;
    }
    this.#isFetched = true;
    return this.#git(["rev-parse", "--verify", TIP]);
  }

  /** The files in a directory of a commit. */
  async list(commit: string, directory: string): Promise<readonly TreeFile[]> {
    const output = await this.#git(["ls-tree", "-z", "--full-tree", commit, `${directory}/`]);
    return output.split("\0").flatMap((line) => {
      const [, id, path] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      return id !== undefined && path !== undefined ? [{ id, path }] : [];
    });
  }

  /** The text of a file. */
  async read(id: string): Promise<string> {
    const { code, output, message } = await runGit(["cat-file", "blob", id], this.#local);
    if (code !== 0) throw noGit(message);
    return output.toString("utf8");
  }

  /** Makes a commit of our own repository; gives its id. Without `parent` it is the first. */
  async commit(content: CommitContent): Promise<string> {
    const id = await this.#git(["fast-import", "--quiet", "--done", "--force"], renderCommit(content));
    this.#isFetched = true;
    return id;
  }

  /** Never forced: it stands only if the branch is where the commit's parent is. */
  async push(commit: string): Promise<PushAnswer> {
    const options = [
      "--porcelain",
      "--no-verify",
      "--no-signed",
      "--no-follow-tags",
      "--recurse-submodules=no",
    ];
    try {
      await this.#client.raw(["push", ...options, "--", REMOTE, `${commit}:${this.#ref}`]);
      return { status: "pushed", said: "" };
    } catch (error) {
      return this.#explain(messageOf(error));
    }
  }

  /** Whether `commit` is `tip`, or in the history before it. */
  async contains(tip: string, commit: string): Promise<boolean> {
    const { code } = await runGit(["merge-base", "--is-ancestor", commit, tip], this.#local);
    return code === 0;
  }

  async close(): Promise<void> {
    await rm(this.#local.directory, { recursive: true, force: true });
  }

  #explain(message: string): PushAnswer {
    const [, who, why = ""] = /^!\t\S+\t\[(rejected|remote rejected)\] \((.*)\)$/m.exec(message) ?? [];
    if (who === undefined) {
      return { status: isNotPermitted(message) ? "refused" : "unknown", said: this.#remote.clean(message) };
    }
    const remarks = message.split("\n").filter((line) => line.startsWith("remote: "));
    const said = this.#remote.clean([why, ...remarks].join("\n"));
    return { status: who === "rejected" ? "behind" : "refused", said };
  }

  /** What a server with SHA-256 names says of itself only by those that it has. */
  async #learnFormat(): Promise<void> {
    const asked = this.#client.raw(["ls-remote", "--quiet", "--", REMOTE, "HEAD"]);
    const listed = await asked.catch((error: unknown) => {
      throw this.#unreachable(messageOf(error));
    });
    if (/^[0-9a-f]{64}\t/.test(listed)) await this.#init("sha256");
  }

  #unreachable(message: string): KeywrightError {
    return unreachable(this.place, this.#remote.clean(message));
  }

  /** Anew, and empty. */
  async #init(format: string): Promise<void> {
    const { directory } = this.#local;
    for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
    await this.#git(["init", "--bare", "--quiet", "--template=", `--object-format=${format}`]);
  }

  async #git(args: readonly string[], input?: Buffer): Promise<string> {
    const { code, output, message } = await runGit(args, this.#local, input);
    if (code !== 0) throw noGit(this.#remote.clean(message));
    return output.toString("utf8").trim();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
