/** What an apply came to, on GitHub: a status of the commit, and the comments of the pull requests that brought it. */

import { isKeywrightError } from "../../core/error.ts";
import { type CommitStatus, setCommitStatus } from "../../github/set-commit-status.ts";
import { syncComment } from "../../github/sync-comment.ts";
import { commentMarker } from "../../report/comment-marker.ts";
import { printable } from "../../report/printable.ts";
import { renderApplyOutcome } from "../../report/render-apply-outcome.ts";
import { runUrlOf } from "../run-context.ts";
import type { ApplySite } from "./apply-site.ts";
import type { ReadPull } from "./read-review.ts";

/** The context of the commit status. */
export const applyStatusContext = (instance: string): string => `keywright/apply (${instance})`;

export interface ApplyNews {
  readonly state: CommitStatus["state"];
  readonly description: string;
  /** Absent: nobody is told more than the status. */
  readonly outcome?: Parameters<typeof renderApplyOutcome>[0];
  /** Whose comments tell it. */
  readonly pulls: readonly ReadPull[];
}

/** False where GitHub did not take all of it, which is a warning: what became of the keys stands. */
export async function publishApply(site: ApplySite, news: ApplyNews): Promise<boolean> {
  const { outcome, pulls } = news;
  const told = [await attempt(site, () => setStatus(site, news))];
  if (outcome !== undefined && site.inputs.comment !== "off") {
    for (const { pull } of pulls) told.push(await attempt(site, () => comment(site, pull.number, outcome)));
  }
  return told.every(Boolean);
}

/** Also after a run was cancelled there is some time to say so. */
const setStatus = (
  { context, deadline, project, repository }: ApplySite,
  { state, description }: ApplyNews,
): Promise<void> =>
  setCommitStatus(
    repository,
    {
      sha: context.sha,
      context: applyStatusContext(project.config.instance),
      state,
      description: printable(description),
      targetUrl: runUrlOf(context),
    },
    deadline,
  );

async function comment(
  { context, deadline, project, protectedBranch, repository }: ApplySite,
  pull: number,
  outcome: NonNullable<ApplyNews["outcome"]>,
): Promise<void> {
  const { instance } = project.config;
  const marker = commentMarker("plan", instance);
  const about = { marker, instance, commit: context.sha, branch: protectedBranch, runUrl: runUrlOf(context) };
  await syncComment(repository, { pull, marker, body: renderApplyOutcome(outcome, about) }, deadline);
}

async function attempt({ runner }: ApplySite, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    const { code, message, hint } = error;
    runner.annotate("warning", { title: code }, message, ...(hint === undefined ? [] : [`hint: ${hint}`]));
    return false;
  }
}
