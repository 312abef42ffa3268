import { KeywrightError } from "../../core/error.ts";
import { branchTip } from "../../github/branch-tip.ts";
import { compareCommits } from "../../github/compare-commits.ts";
import type { ApplySite } from "./apply-site.ts";

interface BranchSite extends Pick<ApplySite, "repository" | "protectedBranch" | "signal"> {
  readonly context: Pick<ApplySite["context"], "sha">;
}

/**
 * Where the protected branch is now, if that is not the commit of this run: then the run of the other one applies both, and
 * this one would take back what it applied. Undefined: the commit is the tip. Throws EVENT_REFUSED where the branch is
 * behind it: what was taken away is not applied, and no run may be on its way that applies the rest.
 */
export async function newerCommit({
  repository,
  context,
  protectedBranch,
  signal,
}: BranchSite): Promise<string | undefined> {
  const tip = await branchTip(repository, protectedBranch, signal);
  if (tip === context.sha) return undefined;
  const { status } = await compareCommits(repository, context.sha, tip, signal);
  if (status !== "behind") return tip;
  throw new KeywrightError(
    "EVENT_REFUSED",
    `${protectedBranch} is at ${tip.slice(0, 12)}, which does not have commit ${context.sha.slice(0, 12)}`,
    {
      hint: "if the branch was not set back on purpose, run the job again: GitHub may have told an old place",
    },
  );
}
