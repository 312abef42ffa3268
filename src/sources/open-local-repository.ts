import { stat } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import { cleanMessage, type GitLocation } from "../git/git-location.ts";
import { type GitOptions, runGit } from "../git/git-process.ts";
import { ambiguousRef, isCommitId, noCommits, unknownRef } from "./git-ref.ts";

/** A repository on disk and the commit that was asked for. */
export interface GitCommit {
  readonly git: GitOptions;
  readonly commit: string;
}

export type LocalLocation = Extract<GitLocation, { readonly type: "local" }>;

/** Resolves `ref` (default: HEAD) in a work tree or a bare repository. Runs none of its hooks and changes nothing. */
export async function openLocalRepository(
  location: LocalLocation,
  ref: string | undefined,
  environment: GitOptions["environment"],
): Promise<GitCommit> {
  const git = { directory: location.path, environment };
  await checkTop(location, git);
  if (ref === undefined) {
    const commit = await resolveName(git, "HEAD");
    if (commit === undefined) throw noCommits(location.shown);
    return { git, commit };
  }
  const exact = await resolveExactly(git, ref);
  if (exact !== undefined) return { git, commit: exact };
  const [branch, tag] = await Promise.all([
    resolveName(git, `refs/heads/${ref}`),
    resolveName(git, `refs/tags/${ref}`),
  ]);
  if (branch !== undefined && tag !== undefined && branch !== tag) throw ambiguousRef(ref, location.shown);
  // A clone made for one branch has the others only as its remote's.
  const commit =
    branch ?? tag ?? (await resolveName(git, ref)) ?? (await resolveName(git, `refs/remotes/origin/${ref}`));
  if (commit === undefined) throw unknownRef(ref, location.shown, await refNames(git));
  return { git, commit };
}

/**
 * What is named in full is meant literally: a branch or a tag may be called `refs/remotes/origin/main` too, by whoever may
 * make one, and must not be taken for what it is named after (security check G6).
 */
async function resolveExactly(git: GitOptions, ref: string): Promise<string | undefined> {
  if (isCommitId(ref)) return resolveName(git, ref);
  if (!ref.startsWith("refs/")) return undefined;
  const { code } = await runGit(["show-ref", "--verify", "--quiet", "--", ref], git);
  return code === 0 ? resolveName(git, ref) : undefined;
}

/** A path inside of a work tree would silently read another repository's root. */
async function checkTop(location: LocalLocation, git: GitOptions): Promise<void> {
  const facts = await stat(location.path).catch(() => undefined);
  if (!facts?.isDirectory()) throw unreadable(location, "there is no such directory");
  const { code, output, message } = await runGit(["rev-parse", "--show-cdup"], git);
  if (code === -1) throw unreadable(location, `git cannot be run: ${message}`, "install git");
  if (code !== 0) {
    const isForeign = message.includes("dubious ownership");
    const hint = isForeign ? `git config --global --add safe.directory ${location.shown}` : undefined;
    throw unreadable(location, cleanMessage(message, location) || "it is no Git repository", hint);
  }
  if (output.toString("utf8").trim() !== "")
    throw unreadable(location, "it lies inside of a repository", "name its top directory");
}

const unreadable = (
  location: LocalLocation,
  why: string,
  hint = "name the top directory of a repository",
): KeywrightError =>
  new KeywrightError("SOURCE_UNREADABLE", `cannot read a repository from ${location.shown}: ${why}`, {
    hint,
  });

/** The commit that a name stands for; tags are followed to theirs. */
export async function resolveName(git: GitOptions, name: string): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, output } = await runGit(args, git);
  const id = output.toString("utf8").trim();
  return code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : undefined;
}

export async function refNames(git: GitOptions): Promise<readonly string[]> {
  const args = ["for-each-ref", "--format=%(refname:short)", "--count=100", "refs/heads", "refs/tags"];
  const { output } = await runGit(args, git);
  return output
    .toString("utf8")
    .split("\n")
    .filter((name) => name !== "");
}
