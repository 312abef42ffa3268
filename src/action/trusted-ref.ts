import type { RunContext } from "./run-context.ts";

type PlacedRun = Pick<RunContext, "pull" | "ref" | "sha" | "defaultBranch">;

/**
 * The commit or ref whose configuration is believed (security check G6): always of the default branch, whose changes GitHub
 * guards. Of a pull request into it that is the commit it is to be merged into. Refs are named in full: nobody can make a
 * branch or a tag that is taken for them.
 */
export function trustedRef({ pull, ref, sha, defaultBranch }: PlacedRun): string {
  const remote = `refs/remotes/origin/${defaultBranch}`;
  if (pull) return pull.baseRef === defaultBranch ? pull.baseSha : remote;
  return ref === `refs/heads/${defaultBranch}` ? sha : remote;
}
