import { posix } from "node:path";
import { KeywrightError } from "../core/error.ts";
import { runGit } from "../git/git-process.ts";
import type { GitCommit } from "./open-local-repository.ts";

export interface TreeEntry {
  readonly type: "file" | "symlink" | "submodule";
  readonly id: string;
  /** Bytes that are not UTF-8 show as U+FFFD. */
  readonly path: string;
}

/** What to do about objects that are missing: nothing is fetched while a repository is read. */
export const WHOLE_FIRST = "a partial clone has to be fetched whole first: git fetch --refetch --no-filter";

const TYPES: ReadonlyMap<string, TreeEntry["type"]> = new Map([
  ["100644", "file"],
  ["100664", "file"],
  ["100755", "file"],
  ["120000", "symlink"],
  ["160000", "submodule"],
]);

/** All entries of the commit's tree, or those at `path` only; directories are left out. */
export async function readTree({ git, commit }: GitCommit, path?: string): Promise<readonly TreeEntry[]> {
  const args = ["ls-tree", "-r", "-z", "--full-tree", commit, ...(path === undefined ? [] : ["--", path])];
  const { code, output, message } = await runGit(args, git);
  if (code !== 0)
    throw new KeywrightError(
      "SOURCE_UNREADABLE",
      `cannot read the tree of ${commit}: ${message.split("\n")[0]}`,
      { hint: `${WHOLE_FIRST}; otherwise run \`git fsck\` there` },
    );
  return output
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const match = /^(\d{6}) \w+ ([0-9a-f]+)\t(.+)$/s.exec(line);
      const [, mode = "", id = "", name = ""] = match ?? [];
      const type = TYPES.get(mode);
      return type ? [{ type, id, path: name }] : [];
    });
}

/** Where a link leads inside of the tree; undefined: out of it. */
export function linkTarget(path: string, target: string): string | undefined {
  if (target.startsWith("/")) return undefined;
  const joined = posix.normalize(posix.join(posix.dirname(path), target));
  return joined.startsWith("..") ? undefined : joined;
}
