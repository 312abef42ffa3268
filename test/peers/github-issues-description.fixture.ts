/** Issues, comments and labels, as GitHub takes and gives them. */

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
  listOf,
  PAGES,
  REPOSITORY,
  INVALID,
  PERSON,
  APP,
  LABEL,
} from "./github-shapes.fixture.ts";

const COMMENT = closed(
  {
    id: ID,
    body: TEXT,
    user: PERSON,
    html_url: LINK,
    created_at: TIME,
    updated_at: TIME,
    performed_via_github_app: APP,
  },
  "body",
  "performed_via_github_app",
);

/** Of an issue; GitHub may tell the name alone, too. */
const ISSUE_LABEL = closed({ name: TEXT, color: TEXT }, "name", "color");

const ISSUE = closed(
  {
    id: ID,
    number: ID,
    title: TEXT,
    body: MAYBE_TEXT,
    state: { enum: ["open", "closed"] },
    state_reason: { enum: ["completed", "not_planned", "duplicate", "reopened", null] },
    locked: YES_OR_NO,
    user: PERSON,
    labels: listOf(ISSUE_LABEL),
    comments: COUNT,
    html_url: LINK,
    created_at: TIME,
    updated_at: TIME,
    closed_at: MAYBE_TIME,
    pull_request: closed({ url: LINK, html_url: LINK, diff_url: LINK, patch_url: LINK }),
  },
  "body",
  "pull_request",
  "state_reason",
);

const BODY = { type: "string", maxLength: 1_000_000 };

export const ISSUES: readonly DescribedOperation[] = [
  {
    id: "issues/list-for-repo",
    method: "GET",
    template: `${REPOSITORY}/issues`,
    query: [...PAGES, "state", "labels", "creator", "sort", "direction"],
    answers: { 200: listOf(ISSUE) },
  },
  {
    id: "issues/create",
    method: "POST",
    template: `${REPOSITORY}/issues`,
    body: closed({ title: TEXT, body: BODY, labels: listOf(TEXT) }, "body", "labels"),
    answers: { 201: ISSUE, 422: INVALID },
  },
  {
    id: "issues/get",
    method: "GET",
    template: `${REPOSITORY}/issues/{issue_number}`,
    answers: { 200: ISSUE },
  },
  {
    id: "issues/update",
    method: "PATCH",
    template: `${REPOSITORY}/issues/{issue_number}`,
    body: closed(
      {
        title: TEXT,
        body: BODY,
        state: { enum: ["open", "closed"] },
        state_reason: { enum: ["completed", "not_planned", "duplicate", "reopened"] },
        labels: listOf(TEXT),
      },
      "title",
      "body",
      "state",
      "state_reason",
      "labels",
    ),
    answers: { 200: ISSUE, 422: INVALID },
  },
  {
    id: "issues/list-comments",
    method: "GET",
    template: `${REPOSITORY}/issues/{issue_number}/comments`,
    query: PAGES,
    answers: { 200: listOf(COMMENT) },
  },
  {
    id: "issues/create-comment",
    method: "POST",
    template: `${REPOSITORY}/issues/{issue_number}/comments`,
    body: closed({ body: BODY }),
    answers: { 201: COMMENT, 422: INVALID },
  },
  {
    id: "issues/get-comment",
    method: "GET",
    template: `${REPOSITORY}/issues/comments/{comment_id}`,
    answers: { 200: COMMENT },
  },
  {
    id: "issues/update-comment",
    method: "PATCH",
    template: `${REPOSITORY}/issues/comments/{comment_id}`,
    body: closed({ body: BODY }),
    answers: { 200: COMMENT, 422: INVALID },
  },
  {
    id: "issues/list-labels-for-repo",
    method: "GET",
    template: `${REPOSITORY}/labels`,
    query: PAGES,
    answers: { 200: listOf(LABEL) },
  },
  {
    id: "issues/create-label",
    method: "POST",
    template: `${REPOSITORY}/labels`,
    body: closed({ name: TEXT, color: TEXT, description: TEXT }, "color", "description"),
    answers: { 201: LABEL, 422: INVALID },
  },
];
