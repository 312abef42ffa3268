/** Which pull requests brought what is to be applied. */

import { isKeywrightError } from "../../core/error.ts";
import { compareCommits } from "../../github/compare-commits.ts";
import type { PullRequest } from "../../github/pull-request.ts";
import { pullsOf } from "../../github/pulls-of.ts";
import type { Repository } from "../../github/repository.ts";
import { mapBounded } from "../../reconcile/map-bounded.ts";

const AT_ONCE = 4;

export interface Span {
  readonly branch: string;
  /** The commit to apply. */
  readonly sha: string;
  /** The last one that was applied; absent: nobody knows. */
  readonly since: string | undefined;
}

export interface Brought {
  /** Merged into the branch since then. By number. */
  readonly pulls: readonly PullRequest[];
  /** Why these may not be all; one sentence. */
  readonly remark?: string;
}

/** One that was merged before brings nothing: what it showed was applied then, and does not stand for what came since. */
export async function bringingPulls(
  repository: Repository,
  span: Span,
  signal?: AbortSignal,
): Promise<Brought> {
  const { shas, remark } = await commitsOf(repository, span, signal);
  const found = await mapBounded(shas, AT_ONCE, (sha) => pullsOf(repository, sha, signal));
  const brought = new Set(shas);
  const pulls = new Map<number, PullRequest>();
  for (const pull of found.flat()) {
    const { isMerged, baseRef, mergeCommit } = pull;
    if (isMerged && baseRef === span.branch && mergeCommit !== undefined && brought.has(mergeCommit))
      pulls.set(pull.number, pull);
  }
  const sorted = [...pulls.values()].toSorted((a, b) => a.number - b.number);
  return { pulls: sorted, ...(remark !== undefined && { remark }) };
}

interface Commits {
  readonly shas: readonly string[];
  readonly remark?: string;
}

const TIP_ONLY = "only the pull request of the last commit is looked at";

async function commitsOf(repository: Repository, span: Span, signal?: AbortSignal): Promise<Commits> {
  const { sha, since } = span;
  if (since === undefined) return { shas: [sha], remark: `No commit is known to be applied: ${TIP_ONLY}.` };
  if (since === sha) return { shas: [sha] };
  const comparison = await compare(repository, since, sha, signal);
  const last = `Commit ${since.slice(0, 12)}, which was applied last,`;
  if (comparison?.status === "behind")
    return {
      shas: [],
      remark: `${last} came after this one: what was shown for this one was applied before it.`,
    };
  if (comparison?.status !== "ahead") {
    const what = `${last} is no ancestor of this one`;
    return { shas: [sha], remark: `${what}: ${TIP_ONLY}.` };
  }
  const { shas, total } = comparison;
  const all = shas.includes(sha) ? shas : [...shas, sha];
  if (total <= shas.length) return { shas: all };
  return {
    shas: all,
    remark: `${total} commits came since the last apply: only the pull requests of the first ${shas.length} and of the last one are looked at.`,
  };
}

/** Undefined: GitHub does not know the commit that was applied last, as after a rewriting of the branch. */
async function compare(repository: Repository, since: string, sha: string, signal?: AbortSignal) {
  try {
    return await compareCommits(repository, since, sha, signal);
  } catch (error) {
    if (isKeywrightError(error) && isKeywrightError(error.cause, "STORE_CONFLICT")) return undefined;
    throw error;
  }
}
