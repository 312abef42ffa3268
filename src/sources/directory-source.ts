import { closeSync, constants, type Dirent, fstatSync, openSync, readFileSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { KeywrightError } from "../core/error.ts";
import { compareText, type Issue } from "../core/issue.ts";
import type { ManifestFile, ManifestSource } from "../core/ports.ts";
import { createGlobs, type Globs, unusedPatterns } from "./glob.ts";
import {
  decodeManifest,
  MAX_FILE_BYTES,
  MAX_TOTAL_BYTES,
  pathIssue,
  sourceIssue,
  symlinkIssue,
  tooLargeIssue,
} from "./manifest-text.ts";

/** Manifests of a directory as it is on disk now: they have no commit. Links are never followed (security check G5). */
export const createDirectorySource = (root: string): ManifestSource => ({
  async load(patterns) {
    const globs = createGlobs(patterns);
    const found = await walk(await openRoot(root), globs);
    const results = readAll(root, found.paths);
    const files: ManifestFile[] = results.flatMap(({ path, read }) =>
      "text" in read ? [{ path, text: read.text, layer: globs.layerOf(path) }] : [],
    );
    files.sort((a, b) => a.layer - b.layer || compareText(a.path, b.path));
    const layers = files.map(({ layer }) => layer);
    const issues = [
      ...globs.issues,
      ...found.issues,
      ...results.flatMap(({ read }) => ("issue" in read ? [read.issue] : [])),
      ...(globs.issues.length === 0 ? unusedPatterns(patterns, layers) : []),
    ];
    return { origin: { type: "directory", location: root }, files, issues };
  },
});

interface FileRead {
  readonly path: string;
  readonly read: ReturnType<typeof decodeManifest>;
}

function readAll(root: string, paths: readonly string[]): readonly FileRead[] {
  let total = 0;
  return paths.map((path) => {
    const read = readManifest(root, path);
    total += "text" in read ? read.text.length : 0;
    if (total <= MAX_TOTAL_BYTES) return { path, read };
    throw new KeywrightError("SOURCE_UNREADABLE", `the manifests in ${root} are larger than 256 MiB`);
  });
}

async function openRoot(root: string): Promise<string> {
  try {
    const path = await realpath(root);
    if ((await stat(path)).isDirectory()) return path;
  } catch (cause) {
    throw unreadable(root, cause);
  }
  throw unreadable(root, undefined);
}

const unreadable = (root: string, cause: unknown): KeywrightError =>
  new KeywrightError("SOURCE_UNREADABLE", `${root} is no directory that can be read`, {
    hint: "name the directory that the patterns of `manifests` start from",
    cause,
  });

interface Found {
  readonly paths: readonly string[];
  readonly issues: readonly Issue[];
}

async function walk(root: string, globs: Globs): Promise<Found> {
  const paths: string[] = [];
  const issues: Issue[] = [];
  const pending = [""];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of await entriesIn(root, directory)) {
      const name = entry.name.toString("utf8");
      const path = directory === "" ? name : `${directory}/${name}`;
      const isMatch = globs.layerOf(path) >= 0;
      if (!isMatch && !globs.mayHold(path)) continue;
      const verdict = (isMatch ? pathIssue(path) : undefined) ?? (await judge(root, path, entry, isMatch));
      if (verdict === "file") paths.push(path);
      else if (verdict === "directory") pending.push(path);
      else if (verdict) issues.push(verdict);
    }
  }
  return { paths, issues };
}

async function entriesIn(root: string, directory: string): Promise<readonly Dirent<Buffer>[]> {
  try {
    // As bytes: a name that is not UTF-8 must not turn into another one.
    return await readdir(join(root, directory), { encoding: "buffer", withFileTypes: true });
  } catch (cause) {
    throw unreadable(join(root, directory), cause);
  }
}

/** What to do with a directory entry that matches, or below which something may match. */
async function judge(
  root: string,
  path: string,
  entry: Dirent<Buffer>,
  isMatch: boolean,
): Promise<"file" | "directory" | Issue | undefined> {
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) {
    return isMatch || (await leadsToDirectory(join(root, path))) ? symlinkIssue(path) : undefined;
  }
  if (!isMatch) return undefined;
  if (entry.isFile()) return "file";
  const message = "this is no regular file";
  return sourceIssue("SOURCE_SPECIAL_FILE", path, message, "only files and directories are read");
}

const leadsToDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

const unreadableFile = (path: string): Issue =>
  sourceIssue("SOURCE_FILE_UNREADABLE", path, "the file cannot be read", "look at its permissions");

/**
 * Opened without following a link, or waiting for a pipe, that took the file's place since it was listed. Without
 * promises: many small files are read several times as fast, and parsing them holds the thread far longer anyway.
 */
function readManifest(root: string, path: string): ReturnType<typeof decodeManifest> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = openSync(join(root, path), flags);
    try {
      const facts = fstatSync(file);
      if (!facts.isFile()) return { issue: unreadableFile(path) };
      return facts.size > MAX_FILE_BYTES
        ? { issue: tooLargeIssue(path) }
        : decodeManifest(path, readFileSync(file));
    } finally {
      closeSync(file);
    }
  } catch {
    return { issue: unreadableFile(path) };
  }
}
