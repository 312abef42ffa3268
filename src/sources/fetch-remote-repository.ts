import type { SimpleGit } from "simple-git";
import { KeywrightError } from "../core/error.ts";
import { FETCH, openGitClient } from "../git/git-client.ts";
import { cleanMessage, type GitLocation } from "../git/git-location.ts";
import type { GitOptions } from "../git/git-process.ts";
import { ambiguousRef, isAbbreviatedCommit, isCommitId, noCommits, unknownRef } from "./git-ref.ts";
import { type GitCommit, resolveName } from "./open-local-repository.ts";

export type RemoteLocation = Extract<GitLocation, { readonly type: "remote" }>;

const WANTED = "refs/keywright/wanted";

interface Remote {
  readonly location: RemoteLocation;
  readonly client: SimpleGit;
}

/**
 * Fetches one commit into a new bare repository in the empty `directory`: that commit alone where the server allows
 * it, otherwise the history that has it. `ref` by default is what the remote's HEAD points to.
 */
export async function fetchRemoteRepository(
  location: RemoteLocation,
  ref: string | undefined,
  git: GitOptions,
): Promise<GitCommit> {
  const remote: Remote = { location, client: openGitClient(git) };
  const listed = await listRefs(remote, ref ?? "HEAD");
  const name = chooseRef(listed, ref, location);
  const format = [...listed.values()].some((id) => id.length === 64) ? ["--object-format=sha256"] : [];
  await remote.client.raw(["init", "--bare", "--quiet", "--template=", ...format]);
  if (name !== undefined) await fetchOne(remote, name);
  else if (ref === undefined) throw noCommits(location.shown);
  else if (!isAbbreviatedCommit(ref)) throw unknownRef(ref, location.shown, await remoteNames(remote));
  else if (!isCommitId(ref) || !(await canFetchOne(remote, ref))) await fetchAll(remote);
  const commit = (await resolveName(git, WANTED)) ?? (await resolveName(git, ref ?? "HEAD"));
  if (commit === undefined) throw unknownRef(ref ?? "HEAD", location.shown, await remoteNames(remote));
  return { git, commit };
}

/** Full names of the refs that `ref` may mean, with what they point to. */
async function listRefs(remote: Remote, ref: string): Promise<ReadonlyMap<string, string>> {
  const { url } = remote.location;
  const output = await tryGit(remote, [
    "ls-remote",
    "--quiet",
    "--",
    url,
    ref,
    `refs/heads/${ref}`,
    `refs/tags/${ref}`,
  ]);
  const lines = output.split("\n").map((line) => line.split("\t"));
  const wanted = new Set([ref, `refs/heads/${ref}`, `refs/tags/${ref}`]);
  return new Map(
    lines.flatMap(([id, name]) =>
      id !== undefined && name !== undefined && wanted.has(name) ? [[name, id]] : [],
    ),
  );
}

function chooseRef(
  listed: ReadonlyMap<string, string>,
  ref: string | undefined,
  location: RemoteLocation,
): string | undefined {
  if (ref === undefined) return listed.has("HEAD") ? "HEAD" : undefined;
  const [branch, tag] = [`refs/heads/${ref}`, `refs/tags/${ref}`];
  if (listed.has(branch) && listed.has(tag) && listed.get(branch) !== listed.get(tag)) {
    throw ambiguousRef(ref, location.shown);
  }
  return [branch, tag, ref].find((name) => listed.has(name));
}

const fetchOne = ({ location, client }: Remote, name: string): Promise<string> =>
  tryGit({ location, client }, [...FETCH, "--depth=1", "--", location.url, `+${name}:${WANTED}`]);

/** Many servers give out only what a branch or a tag points to. */
const canFetchOne = (remote: Remote, commit: string): Promise<boolean> =>
  fetchOne(remote, commit).then(
    () => true,
    () => false,
  );

const fetchAll = (remote: Remote): Promise<string> =>
  tryGit(remote, [
    ...FETCH,
    "--",
    remote.location.url,
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
  ]);

async function remoteNames(remote: Remote): Promise<readonly string[]> {
  const output = await tryGit(remote, [
    "ls-remote",
    "--quiet",
    "--heads",
    "--tags",
    "--refs",
    "--",
    remote.location.url,
  ]);
  return output
    .split("\n")
    .flatMap((line) => line.split("\t")[1]?.replace(/^refs\/(heads|tags)\//, "") ?? [])
    .slice(0, 100);
}

/** Throws SOURCE_UNREADABLE; its message has no credential, and the cause is left out because it may have one. */
async function tryGit({ location, client }: Remote, args: readonly string[]): Promise<string> {
  try {
    return await client.raw([...args]);
  } catch (error) {
    const said = cleanMessage(error instanceof Error ? error.message : String(error), location);
    throw new KeywrightError(
      "SOURCE_UNREADABLE",
      `cannot read a repository from ${location.shown}: ${said}`,
      {
        hint: "check the address, the network and the credentials that git uses there",
      },
    );
  }
}
