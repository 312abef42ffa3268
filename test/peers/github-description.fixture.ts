/**
 * What GitHub's REST API takes and gives at the operations that are used, by its public documentation, as JSON Schemas: of
 * answers the fields that are read or may be relied on. Stricter than GitHub is, which drops what it does not know without a
 * word: what is sent must be known to be read. Another operation is one entry.
 */

import { closed, NOTHING } from "./description.fixture.ts";
import { WORK_OPERATIONS } from "./github-work-description.fixture.ts";

export interface DescribedOperation {
  /** As GitHub calls it, such as `actions/get-repo-secret`. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Such as `/repos/{owner}/{repo}`. */
  readonly template: string;
  /** The parameters of its query; absent: none. */
  readonly query?: readonly string[];
  /** Absent: no body. */
  readonly body?: object;
  /** By the status, besides `REFUSALS`. */
  readonly answers: Readonly<Record<number, object>>;
}

const TEXT = { type: "string" };
const TIME = { type: "string", format: "date-time" };
const YES_OR_NO = { type: "boolean" };
const ID = { type: "integer", minimum: 1 };
const BASE64 = { type: "string", minLength: 4, format: "byte" };
const VISIBILITY = { enum: ["all", "private", "selected"] };
const REPOSITORIES = { enum: ["all", "selected"] };

const REFUSED = closed({
  message: TEXT,
  documentation_url: TEXT,
  status: { type: "string", pattern: "^\\d{3}$" },
});

/** Whatever is asked. */
export const REFUSALS: DescribedOperation["answers"] = {
  301: REFUSED,
  401: REFUSED,
  403: REFUSED,
  404: REFUSED,
};

const REPOSITORY = { id: ID, name: TEXT, full_name: TEXT, private: YES_OR_NO };
const SECRET = { name: TEXT, created_at: TIME, updated_at: TIME };
const SEALED = { encrypted_value: BASE64, key_id: TEXT };
const SELECTED_IDS = { type: "array", items: ID };

interface SecretsPlace {
  readonly room: "actions" | "dependabot";
  /** In names of operations. */
  readonly what: "repo" | "environment" | "org";
  /** Template of the path that the secrets are below. */
  readonly holder: string;
}

function secretsOf({ room, what, holder }: SecretsPlace): readonly DescribedOperation[] {
  const isShared = what === "org";
  const shown = closed({ ...SECRET, ...(isShared && { visibility: VISIBILITY }) });
  const body = isShared
    ? closed(
        { ...SEALED, visibility: VISIBILITY, selected_repository_ids: SELECTED_IDS },
        "selected_repository_ids",
      )
    : closed(SEALED);
  const template = `${holder}/{secret_name}`;
  return [
    {
      id: `${room}/get-${what}-public-key`,
      method: "GET",
      template: `${holder}/public-key`,
      answers: { 200: closed({ key_id: TEXT, key: BASE64 }) },
    },
    { id: `${room}/get-${what}-secret`, method: "GET", template, answers: { 200: shown } },
    {
      id: `${room}/create-or-update-${what}-secret`,
      method: "PUT",
      template,
      body,
      answers: { 201: closed({}), 204: NOTHING, 422: REFUSED },
    },
    { id: `${room}/delete-${what}-secret`, method: "DELETE", template, answers: { 204: NOTHING } },
  ];
}

const selectedOf = (room: SecretsPlace["room"]): DescribedOperation => ({
  id: `${room}/list-selected-repos-for-org-secret`,
  method: "GET",
  template: `/orgs/{org}/${room}/secrets/{secret_name}/repositories`,
  query: ["page", "per_page"],
  answers: {
    200: closed({
      total_count: { type: "integer", minimum: 0 },
      repositories: { type: "array", items: closed(REPOSITORY) },
    }),
  },
});

const OF_REPOSITORY = "/repos/{owner}/{repo}";
const OF_ENVIRONMENT = `${OF_REPOSITORY}/environments/{environment_name}`;

const SECRETS: readonly DescribedOperation[] = [
  ...secretsOf({ room: "actions", what: "repo", holder: `${OF_REPOSITORY}/actions/secrets` }),
  ...secretsOf({ room: "actions", what: "environment", holder: `${OF_ENVIRONMENT}/secrets` }),
  ...secretsOf({ room: "actions", what: "org", holder: "/orgs/{org}/actions/secrets" }),
  ...secretsOf({ room: "dependabot", what: "repo", holder: `${OF_REPOSITORY}/dependabot/secrets` }),
  ...secretsOf({ room: "dependabot", what: "org", holder: "/orgs/{org}/dependabot/secrets" }),
  selectedOf("actions"),
  selectedOf("dependabot"),
];

const REPOS: readonly DescribedOperation[] = [
  {
    id: "repos/get",
    method: "GET",
    template: OF_REPOSITORY,
    answers: { 200: closed({ ...REPOSITORY, archived: YES_OR_NO, default_branch: TEXT }) },
  },
  {
    id: "repos/get-environment",
    method: "GET",
    template: OF_ENVIRONMENT,
    answers: { 200: closed({ id: ID, name: TEXT, created_at: TIME, updated_at: TIME }) },
  },
];

const INSTALLATION = closed({
  id: ID,
  app_id: ID,
  permissions: { type: "object", additionalProperties: { enum: ["read", "write"] } },
  repository_selection: REPOSITORIES,
});

/** What an App asks as itself. */
const APPS: readonly DescribedOperation[] = [
  {
    id: "apps/get-authenticated",
    method: "GET",
    template: "/app",
    answers: { 200: closed({ id: ID, slug: TEXT, name: TEXT }) },
  },
  {
    id: "apps/get-repo-installation",
    method: "GET",
    template: `${OF_REPOSITORY}/installation`,
    answers: { 200: INSTALLATION },
  },
  {
    id: "apps/get-org-installation",
    method: "GET",
    template: "/orgs/{org}/installation",
    answers: { 200: INSTALLATION },
  },
  {
    id: "apps/create-installation-access-token",
    method: "POST",
    template: "/app/installations/{installation_id}/access_tokens",
    answers: { 201: closed({ token: TEXT, expires_at: TIME }) },
  },
];

export const OPERATIONS: readonly DescribedOperation[] = [...SECRETS, ...REPOS, ...APPS, ...WORK_OPERATIONS];
