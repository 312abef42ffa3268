/** A workspace as `actions/checkout` leaves it with `fetch-depth: 0, persist-credentials: false`. */

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { runGitSync } from "../../src/sources/repository.fixture.ts";
import type { StartingEvent } from "../action/events.fixture.ts";
import type { BareRepository } from "../peers/github-git.fixture.ts";

/**
 * In a new directory below `parent`: all branches and tags, and for a pull request its trial merge, detached. Its `origin` is
 * at `url`.
 */
export function checkOut(
  { path }: BareRepository,
  { ref, sha }: StartingEvent,
  url: string,
  parent: string,
): string {
  const workspace = mkdtempSync(join(parent, "workspace-"));
  const git = (...args: readonly string[]): string => runGitSync(workspace, ...args);
  const pull = /^refs\/(pull\/\d+\/merge)$/.exec(ref)?.[1];
  git("init", "--quiet", "--initial-branch=main");
  git("remote", "add", "origin", path);
  const wanted = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  const trial = pull === undefined ? [] : [`+${sha}:refs/remotes/${pull}`];
  git("fetch", "--quiet", "--no-tags", "--prune", "origin", ...wanted, ...trial);
  // The same objects by a shorter way: what is left of it is the address.
  git("remote", "set-url", "origin", url);
  const branch = ref.replace("refs/heads/", "");
  const place = pull === undefined ? ["-B", branch, sha] : [`refs/remotes/${pull}`];
  git("checkout", "--quiet", "--force", ...place);
  return workspace;
}

/** GitHub's trial merge of a pull request, where it offers it; its id. Throws where there is a conflict. */
export function trialMerge(git: BareRepository, number: number, base: string, headSha: string): string {
  const [tree = ""] = git.git("merge-tree", "--write-tree", base, headSha).split("\n");
  const merge = git.git("commit-tree", tree, "-p", base, "-p", headSha, "-m", `Merge ${headSha}`);
  git.pointTo(`refs/pull/${number}/merge`, merge);
  return merge;
}
