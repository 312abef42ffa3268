/** Check runs and statuses of commits, as GitHub takes and gives them. */

import { closed } from "./description.fixture.ts";
import type { DescribedOperation } from "./github-description.fixture.ts";
import {
  TEXT,
  MAYBE_TEXT,
  LINK,
  TIME,
  MAYBE_TIME,
  ID,
  COUNT,
  SHA,
  listOf,
  orNull,
  PAGES,
  REPOSITORY,
  INVALID,
  PERSON,
  APP,
} from "./github-shapes.fixture.ts";

const CONCLUSION = {
  enum: ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"],
};
const STATUS = { enum: ["queued", "in_progress", "completed"] };

const CHECK_RUN = closed({
  id: ID,
  name: TEXT,
  head_sha: SHA,
  status: STATUS,
  conclusion: { enum: [...CONCLUSION.enum, null] },
  external_id: MAYBE_TEXT,
  details_url: MAYBE_TEXT,
  html_url: orNull(LINK),
  started_at: MAYBE_TIME,
  completed_at: MAYBE_TIME,
  app: APP,
  output: closed({
    title: MAYBE_TEXT,
    summary: MAYBE_TEXT,
    text: MAYBE_TEXT,
    annotations_count: COUNT,
    annotations_url: LINK,
  }),
});

const MOST_TEXT = { type: "string", maxLength: 65_535 };
const LINE = { type: "integer", minimum: 1 };

/** Of a file in the repository: GitHub refuses the whole request for one that is not. */
const INSIDE = { type: "string", pattern: "^(?!/)(?!.*(^|/)\\.\\.?(/|$))[^\\\\]+$" };

const OUTPUT = closed(
  {
    title: TEXT,
    summary: MOST_TEXT,
    text: MOST_TEXT,
    annotations: {
      type: "array",
      maxItems: 50,
      items: closed(
        {
          path: INSIDE,
          start_line: LINE,
          end_line: LINE,
          start_column: LINE,
          end_column: LINE,
          annotation_level: { enum: ["notice", "warning", "failure"] },
          message: { type: "string", minLength: 1, maxLength: 65_536 },
          title: { type: "string", maxLength: 255 },
        },
        "start_column",
        "end_column",
        "title",
      ),
    },
  },
  "text",
  "annotations",
);

const CHECK_FIELDS = {
  name: TEXT,
  status: STATUS,
  conclusion: CONCLUSION,
  external_id: TEXT,
  details_url: TEXT,
  output: OUTPUT,
};

export const CHECKS: readonly DescribedOperation[] = [
  {
    id: "checks/create",
    method: "POST",
    template: `${REPOSITORY}/check-runs`,
    body: closed({ ...CHECK_FIELDS, head_sha: SHA }, ...Object.keys(CHECK_FIELDS).slice(1)),
    answers: { 201: CHECK_RUN, 422: INVALID },
  },
  {
    id: "checks/get",
    method: "GET",
    template: `${REPOSITORY}/check-runs/{check_run_id}`,
    answers: { 200: CHECK_RUN },
  },
  {
    id: "checks/update",
    method: "PATCH",
    template: `${REPOSITORY}/check-runs/{check_run_id}`,
    body: closed(CHECK_FIELDS, ...Object.keys(CHECK_FIELDS)),
    answers: { 200: CHECK_RUN },
  },
  {
    id: "checks/list-for-ref",
    method: "GET",
    template: `${REPOSITORY}/commits/{ref}/check-runs`,
    query: [...PAGES, "check_name", "filter", "status", "app_id"],
    answers: { 200: closed({ total_count: COUNT, check_runs: listOf(CHECK_RUN) }), 422: INVALID },
  },
  {
    id: "repos/create-commit-status",
    method: "POST",
    template: `${REPOSITORY}/statuses/{sha}`,
    body: closed(
      {
        state: { enum: ["error", "failure", "pending", "success"] },
        context: TEXT,
        description: { type: "string", maxLength: 140 },
        target_url: TEXT,
      },
      "context",
      "description",
      "target_url",
    ),
    answers: {
      201: closed({
        id: ID,
        state: TEXT,
        context: TEXT,
        description: MAYBE_TEXT,
        target_url: MAYBE_TEXT,
        creator: PERSON,
        created_at: TIME,
        updated_at: TIME,
      }),
      422: INVALID,
    },
  },
];
