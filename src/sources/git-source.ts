import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeywrightError } from "../core/error.ts";
import type { ManifestOrigin, ManifestSource } from "../core/ports.ts";
import { type Environment, gitEnvironment } from "../git/git-environment.ts";
import { parseSourceLocation } from "./source-location.ts";
import { checkRefName } from "./git-ref.ts";
import { loadCommit } from "./load-commit.ts";
import { decodeManifest, printablePath } from "./manifest-text.ts";
import { type GitCommit, openLocalRepository } from "./open-local-repository.ts";
import { readBlobs } from "./read-blobs.ts";
import { readTree } from "./read-tree.ts";

export interface GitSourceOptions {
  /** A work tree's top or a bare repository; or file://, ssh://, https://, user@host:path. */
  readonly location: string;
  /** A branch, a tag or a commit. Default: what the repository's HEAD points to. */
  readonly ref?: string;
  /** What git may take its settings from; see `gitEnvironment`. */
  readonly environment: Environment;
}

/** Manifests at one commit, read as objects of the repository, never from a work tree. Throws SOURCE_… errors. */
export const createGitSource = (options: GitSourceOptions): ManifestSource => ({
  load: (patterns) =>
    withCommit(options, async (at) => {
      const { files, issues } = await loadCommit(at, patterns);
      return { origin: originOf(options, at), files, issues };
    }),
});

export interface GitFile {
  readonly text: string;
  readonly origin: ManifestOrigin;
}

/** One file at a ref; undefined when there is none. Throws SOURCE_UNREADABLE when it is no plain text file. */
export const readGitFile = (options: GitSourceOptions, path: string): Promise<GitFile | undefined> =>
  withCommit(options, async (at) => {
    const entry = (await readTree(at, path)).find((each) => each.path === path);
    if (!entry) return undefined;
    if (entry.type !== "file") throw unreadableFile(path, `it is a ${entry.type}`);
    const blob = (await readBlobs(at, [entry.id])).get(entry.id);
    if (!blob || blob === "too-large") throw unreadableFile(path, "it is larger than 1 MiB");
    const read = decodeManifest(path, blob);
    if ("issue" in read) throw unreadableFile(path, read.issue.message);
    return { text: read.text, origin: originOf(options, at) };
  });

const unreadableFile = (path: string, why: string): KeywrightError =>
  new KeywrightError("SOURCE_UNREADABLE", `cannot read ${printablePath(path)} from the repository: ${why}`);

function originOf({ location, ref }: GitSourceOptions, { commit }: GitCommit): ManifestOrigin {
  const origin = { type: "git", location: parseSourceLocation(location).shown, commit } as const;
  return ref === undefined ? origin : { ...origin, ref };
}

/** What was fetched for it is gone when the promise settles. */
async function withCommit<T>(
  { location: written, ref, environment }: GitSourceOptions,
  use: (at: GitCommit) => Promise<T>,
): Promise<T> {
  const location = parseSourceLocation(written);
  if (ref !== undefined) checkRefName(ref, location.shown);
  const offline = gitEnvironment(environment, "none");
  if (location.type === "local") return use(await openLocalRepository(location, ref, offline));
  // Its git client takes long to load, and a repository on disk needs none.
  const { fetchRemoteRepository } = await import("./fetch-remote-repository.ts");
  const directory = await mkdtemp(join(tmpdir(), "keywright-git-"));
  const isPlain = written.toLowerCase().startsWith("http:");
  const online = gitEnvironment(environment, isPlain ? "plain-http" : "secure");
  try {
    const { commit } = await fetchRemoteRepository(location, ref, { directory, environment: online });
    return await use({ git: { directory, environment: offline }, commit });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
