import type { ReviewedPlan } from "../../core/review/reviewed-plan.ts";
import { decodeReview } from "../../core/review/review-record.ts";
import { type CheckRun, checkRunsOf } from "../../github/check-runs-of.ts";
import type { PullRequest } from "../../github/pull-request.ts";
import { planCheckName } from "../plan-check-name.ts";
import type { ApplySite } from "./apply-site.ts";

/** A merged pull request, and what it showed; `lack`: why that does not count, for people. */
export type ReadPull =
  | { readonly pull: PullRequest; readonly review: ReviewedPlan }
  | { readonly pull: PullRequest; readonly review?: undefined; readonly lack: string };

export interface Reading extends Pick<ApplySite, "repository" | "signal"> {
  readonly instance: string;
  /** Slug of the App whose checks count, in small letters. */
  readonly app: string;
}

/**
 * What was planned for the commit that was merged, and for no other of the pull request. Only checks of the configured App
 * count: others can give theirs the same name. Nor does one that came after the merge: when the job of a pull request runs
 * again, it plans what nobody has looked at.
 */
export async function readReview(
  { repository, signal, instance, app }: Reading,
  pull: PullRequest,
): Promise<ReadPull> {
  const name = planCheckName(instance);
  const found = await checkRunsOf(repository, pull.headSha, name, signal);
  const done = found.filter(({ conclusion }) => conclusion !== undefined);
  const ours = done.filter(({ appSlug = "" }) => appSlug.toLowerCase() === app);
  const latest = ours.find((check) => wasShown(check, pull));
  const at = `at its last commit ${pull.headSha.slice(0, 12)}`;
  if (!latest)
    return { pull, lack: `#${pull.number} has no check "${name}" ${at}${othersOf(done, ours, app)}` };
  const record = decodeReview({ externalId: latest.externalId ?? "", text: latest.text ?? "" }, instance);
  if (!record) return { pull, lack: `the check "${name}" of #${pull.number} ${at} tells of no plan` };
  return { pull, review: { pull: pull.number, headSha: pull.headSha, ...record } };
}

/** Whether it was there when the pull request was merged. */
const wasShown = ({ completedAt = "" }: CheckRun, { mergedAt = "" }: PullRequest): boolean =>
  Date.parse(completedAt) <= Date.parse(mergedAt);

function othersOf(done: readonly CheckRun[], ours: readonly CheckRun[], app: string): string {
  if (ours.length > 0) return ", but for those that came after the merge";
  return done.length === 0 ? "" : `, but for those of other Apps than ${app}`;
}
