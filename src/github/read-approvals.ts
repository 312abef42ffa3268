import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import { LOGIN, type PullRequest } from "./pull-request.ts";
import { readPages } from "./read-pages.ts";
import { type Repository, repositoryPath } from "./repository.ts";

export interface ApprovingReview {
  readonly user: string;
  /** What was looked at: the head of the pull request. */
  readonly commit: string;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Who approves the pull request as it is now: people who may write to the repository, and are not its author. The last word
 * of each counts, where a comment is none; and it counts only for the head that it was said of.
 */
export const readApprovals = (
  repository: Repository,
  pull: Pick<PullRequest, "number" | "author" | "headSha">,
  signal?: AbortSignal,
): Promise<readonly ApprovingReview[]> => {
  const what = `read the reviews of pull request ${pull.number} of ${repository.name}`;
  return askGitHub({ what, permission: "pull-requests: read" }, async () => {
    const path = `${repositoryPath(repository.name)}/pulls/${pull.number}/reviews`;
    const listing = { path, schema: REVIEWS, itemsOf: (page: readonly ReviewAnswer[]) => page };
    const reviews = await readPages(repository.client, { ...listing, what: "reviews" }, signal);
    const approvals: ApprovingReview[] = [];
    for (const approval of standing(reviews, pull))
      if (await mayWrite(repository, approval.user, signal)) approvals.push(approval);
    return approvals;
  });
};

/** They come in the order of their making. */
function standing(
  reviews: readonly ReviewAnswer[],
  { author, headSha }: Pick<PullRequest, "author" | "headSha">,
): readonly ApprovingReview[] {
  const last = new Map<string, ReviewAnswer & { readonly user: object }>();
  for (const review of reviews) {
    const { user, state } = review;
    if (user?.type === "User" && DECIDING.has(state)) last.set(user.login, { ...review, user });
  }
  return [...last].flatMap(([user, { state, commit_id: commit, submitted_at: at = "" }]) =>
    state === "APPROVED" && commit === headSha && user !== author ? [{ user, commit, at }] : [],
  );
}

const DECIDING: ReadonlySet<string> = new Set(["APPROVED", "CHANGES_REQUESTED", "DISMISSED"]);

/** Whoever sees a repository may approve: GitHub itself counts only those who may write to it. */
async function mayWrite({ client, name }: Repository, user: string, signal?: AbortSignal): Promise<boolean> {
  const path = `${repositoryPath(name)}/collaborators/${encodeURIComponent(user)}/permission`;
  const { request, response } = await client.read(path, signal, [NOT_FOUND]);
  if (response.status === NOT_FOUND) return false;
  return WRITERS.has(parseAnswer(PERMISSION, response, request).permission);
}

const NOT_FOUND = 404;
const WRITERS: ReadonlySet<string> = new Set(["admin", "write"]);

interface ReviewAnswer {
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

const REVIEWS: SchemaOf<readonly ReviewAnswer[]> = Object.freeze({
  type: "array",
  items: {
    type: "object",
    required: ["user", "state", "commit_id"],
    properties: {
      user: {
        ...LOGIN,
        required: ["login", "type"],
        properties: { ...LOGIN.properties, type: { type: "string" } },
      },
      state: { type: "string" },
      commit_id: { type: ["string", "null"] },
      submitted_at: { type: "string" },
    },
  },
});

const PERMISSION: SchemaOf<{ readonly permission: string }> = Object.freeze({
  type: "object",
  required: ["permission"],
  properties: { permission: { type: "string" } },
});
