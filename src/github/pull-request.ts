import type { SchemaOf } from "../http/answer.ts";

export interface PullRequest {
  readonly number: number;
  /** Absent: the account is gone. */
  readonly author: string | undefined;
  readonly headSha: string;
  readonly headRef: string;
  /** owner/name; absent: it is gone. */
  readonly headRepository: string | undefined;
  readonly baseRef: string;
  readonly isMerged: boolean;
  /** RFC 3339; only of a merged one. */
  readonly mergedAt: string | undefined;
  /** What the merge made of it on the base branch; only of a merged one. */
  readonly mergeCommit: string | undefined;
  /** Merged ones are. */
  readonly isClosed: boolean;
  readonly labels: readonly string[];
  readonly url: string;
}

/** What is read of the pull requests that GitHub tells of. */
export interface PullAnswer {
  readonly number: number;
  readonly user: { readonly login: string } | null;
  readonly head: Side;
  readonly base: Side;
  readonly state: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly labels: readonly { readonly name: string }[];
  readonly html_url: string;
}

interface Side {
  readonly ref: string;
  readonly sha: string;
  readonly repo: { readonly full_name: string } | null;
}

export const buildPullRequest = (answer: PullAnswer): PullRequest => ({
  number: answer.number,
  author: answer.user?.login,
  headSha: answer.head.sha,
  headRef: answer.head.ref,
  headRepository: answer.head.repo?.full_name,
  baseRef: answer.base.ref,
  isMerged: answer.merged_at !== null,
  mergedAt: answer.merged_at ?? undefined,
  // Of an open one it is a merge that GitHub tried out.
  mergeCommit: answer.merged_at === null ? undefined : (answer.merge_commit_sha ?? undefined),
  isClosed: answer.state === "closed",
  labels: answer.labels.map(({ name }) => name),
  url: answer.html_url,
});

/** Whether it is one of the repository `name`: GitHub tells of those of the repositories that it was forked from, too. */
export const isPullOf = (name: string, { base }: PullAnswer): boolean =>
  base.repo?.full_name.toLowerCase() === name.toLowerCase();

/** Of a commit, as GitHub writes it. */
export const SHA = { type: "string", pattern: "^([0-9a-f]{40}|[0-9a-f]{64})$" };

const SIDE = {
  type: "object",
  required: ["ref", "sha", "repo"],
  properties: {
    ref: { type: "string", minLength: 1 },
    sha: SHA,
    repo: {
      type: ["object", "null"],
      required: ["full_name"],
      properties: { full_name: { type: "string" } },
    },
  },
};

export const LOGIN = {
  type: ["object", "null"],
  required: ["login"],
  properties: { login: { type: "string", minLength: 1 } },
};

export const PULL_REQUEST: SchemaOf<PullAnswer> = Object.freeze({
  type: "object",
  required: [
    "number",
    "user",
    "head",
    "base",
    "state",
    "merged_at",
    "merge_commit_sha",
    "labels",
    "html_url",
  ],
  properties: {
    number: { type: "integer", minimum: 1 },
    user: LOGIN,
    head: SIDE,
    base: SIDE,
    state: { enum: ["open", "closed"] },
    merged_at: { type: ["string", "null"] },
    merge_commit_sha: { ...SHA, type: ["string", "null"] },
    labels: {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    },
    html_url: { type: "string" },
  },
});
