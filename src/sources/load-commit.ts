import { compareText, type Issue } from "../core/issue.ts";
import type { ManifestFile } from "../core/ports.ts";
import { createGlobs, type Globs, unusedPatterns } from "./glob.ts";
import { decodeManifest, pathIssue, sourceIssue, symlinkIssue, tooLargeIssue } from "./manifest-text.ts";
import type { GitCommit } from "./open-local-repository.ts";
import { type Blob, readBlobs } from "./read-blobs.ts";
import { linkTarget, readTree, type TreeEntry } from "./read-tree.ts";

export interface LoadedCommit {
  readonly files: readonly ManifestFile[];
  readonly issues: readonly Issue[];
}

/** The files of a commit that match; links and submodules that stand where manifests could be are issues. */
export async function loadCommit(at: GitCommit, patterns: readonly string[]): Promise<LoadedCommit> {
  const globs = createGlobs(patterns);
  if (globs.issues.length > 0) return { files: [], issues: globs.issues };
  const tree = await readTree(at);
  const matching = tree.filter(({ path }) => globs.layerOf(path) >= 0);
  const onTheWay = tree.filter(
    ({ type, path }) => type !== "file" && globs.layerOf(path) < 0 && globs.mayHold(path),
  );
  const wanted = [...matching.filter(({ type }) => type === "file"), ...onTheWay.filter(isSymlink)];
  const blobs = await readBlobs(
    at,
    wanted.map(({ id }) => id),
  );
  const results = matching.map((entry) => readEntry(entry, globs, blobs));
  const files = results.flatMap((result) => ("text" in result ? [result] : []));
  const paths = new Set(tree.filter(({ type }) => type === "file").map(({ path }) => path));
  return {
    files: files.toSorted((a, b) => a.layer - b.layer || compareText(a.path, b.path)),
    issues: [
      ...results.flatMap((result) => ("text" in result ? [] : [result])),
      ...onTheWay.filter((entry) => mayBeDirectory(entry, blobs, paths)).map(entryIssue),
      ...unusedPatterns(
        patterns,
        files.map(({ layer }) => layer),
      ),
    ],
  };
}

const isSymlink = ({ type }: TreeEntry): boolean => type === "symlink";

function readEntry(entry: TreeEntry, globs: Globs, blobs: ReadonlyMap<string, Blob>): ManifestFile | Issue {
  const { path } = entry;
  const badPath = pathIssue(path);
  if (badPath) return badPath;
  if (entry.type !== "file") return entryIssue(entry);
  const blob = blobs.get(entry.id);
  if (!blob || blob === "too-large") return tooLargeIssue(path);
  const read = decodeManifest(path, blob);
  return "issue" in read ? read.issue : { path, text: read.text, layer: globs.layerOf(path) };
}

const entryIssue = ({ type, path }: TreeEntry): Issue =>
  type === "symlink"
    ? symlinkIssue(path)
    : sourceIssue(
        "SOURCE_SUBMODULE",
        path,
        "submodules are not read",
        "put the manifests into this repository",
      );

/** A link to a file of the tree hides no manifest; what leads elsewhere could be a directory full of them. */
function mayBeDirectory(
  { type, id, path }: TreeEntry,
  blobs: ReadonlyMap<string, Blob>,
  files: ReadonlySet<string>,
): boolean {
  const blob = blobs.get(id);
  if (type !== "symlink" || !blob || blob === "too-large") return true;
  const target = linkTarget(path, blob.toString("utf8"));
  return target === undefined || !files.has(target);
}
