/** Pull requests, their reviews and their commits, as GitHub gives them. */

import { closed } from "./description.fixture.ts";
import type { DescribedOperation } from "./github-description.fixture.ts";
import {
  TEXT,
  MAYBE_TEXT,
  LINK,
  TIME,
  MAYBE_TIME,
  YES_OR_NO,
  ID,
  COUNT,
  SHA,
  listOf,
  orNull,
  PAGES,
  REPOSITORY,
  INVALID,
  PERSON,
  LABEL,
} from "./github-shapes.fixture.ts";

const SIDE = closed({ ref: TEXT, sha: SHA, repo: closed({ id: ID, full_name: TEXT }) });

const PULL = closed(
  {
    id: ID,
    number: ID,
    state: { enum: ["open", "closed"] },
    title: TEXT,
    body: MAYBE_TEXT,
    draft: YES_OR_NO,
    locked: YES_OR_NO,
    user: PERSON,
    labels: listOf(LABEL),
    head: SIDE,
    base: SIDE,
    merged_at: MAYBE_TIME,
    merge_commit_sha: orNull(SHA),
    html_url: LINK,
    created_at: TIME,
    updated_at: TIME,
    closed_at: MAYBE_TIME,
  },
  "draft",
);

const REVIEW = closed(
  {
    id: ID,
    user: orNull(PERSON),
    state: { enum: ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"] },
    body: TEXT,
    commit_id: SHA,
    submitted_at: TIME,
  },
  "submitted_at",
);

export const PULLS: readonly DescribedOperation[] = [
  {
    id: "pulls/get",
    method: "GET",
    template: `${REPOSITORY}/pulls/{pull_number}`,
    answers: { 200: PULL },
  },
  {
    id: "pulls/list-reviews",
    method: "GET",
    template: `${REPOSITORY}/pulls/{pull_number}/reviews`,
    query: PAGES,
    answers: { 200: listOf(REVIEW) },
  },
  {
    id: "repos/list-pull-requests-associated-with-commit",
    method: "GET",
    template: `${REPOSITORY}/commits/{commit_sha}/pulls`,
    query: PAGES,
    answers: { 200: listOf(PULL), 422: INVALID },
  },
];

const COMMIT = closed({ sha: SHA });

export const COMMITS: readonly DescribedOperation[] = [
  {
    id: "repos/get-branch",
    method: "GET",
    template: `${REPOSITORY}/branches/{branch}`,
    answers: { 200: closed({ name: TEXT, commit: COMMIT, protected: YES_OR_NO }) },
  },
  {
    id: "repos/compare-commits-with-basehead",
    method: "GET",
    template: `${REPOSITORY}/compare/{basehead}`,
    query: PAGES,
    answers: {
      200: closed({
        status: { enum: ["diverged", "ahead", "behind", "identical"] },
        ahead_by: COUNT,
        behind_by: COUNT,
        total_commits: COUNT,
        base_commit: COMMIT,
        merge_base_commit: COMMIT,
        commits: listOf(COMMIT),
      }),
    },
  },
];
