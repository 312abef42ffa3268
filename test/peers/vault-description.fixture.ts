/**
 * What HashiCorp Vault and OpenBao take and give at the few endpoints that the sink uses, by their public API documentation, as
 * JSON Schemas. Stricter than the servers are: what is sent must be known to be read.
 */

import { closed, faultsOf, NOTHING } from "./description.fixture.ts";

export interface Exchanged {
  readonly method: string;
  /** Without `/v1` and the query. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

interface Operation {
  readonly method: string;
  readonly path: RegExp;
  /** Absent: no body. */
  readonly request?: object;
  readonly answers: Readonly<Record<number, object>>;
}

const TEXT = { type: "string" };
const TIME = { type: "string", format: "date-time" };
const OPEN = { type: "object" };
const COUNT = { type: "integer", minimum: 0 };

const enveloped = (data: object, auth: object = { type: "null" }): object =>
  closed({
    request_id: TEXT,
    lease_id: TEXT,
    renewable: { type: "boolean" },
    lease_duration: COUNT,
    data,
    wrap_info: { type: "null" },
    warnings: { type: ["array", "null"], items: TEXT },
    auth,
  });

const REFUSED = closed({ errors: { type: "array", items: TEXT } });
const VERSION = closed({
  version: { type: "integer", minimum: 1 },
  created_time: TIME,
  deletion_time: TEXT,
  destroyed: { type: "boolean" },
  custom_metadata: { type: ["object", "null"] },
});
const LOGGED_IN = closed({
  client_token: TEXT,
  accessor: TEXT,
  policies: { type: "array", items: TEXT },
  token_policies: { type: "array", items: TEXT },
  lease_duration: COUNT,
  renewable: { type: "boolean" },
  token_type: { enum: ["service", "batch"] },
});
const login = (request: object): Pick<Operation, "method" | "request" | "answers"> => ({
  method: "POST",
  request,
  answers: { 200: enveloped(NOTHING, LOGGED_IN), 400: REFUSED, 403: REFUSED, 404: REFUSED },
});
const versionsAction = (what: string): Operation => ({
  method: "POST",
  path: new RegExp(`^/.+/${what}/.+$`),
  request: closed({ versions: { type: "array", items: { type: "integer" } } }),
  answers: { 204: NOTHING, 403: REFUSED },
});

/** The first that fits. */
const OPERATIONS: readonly Operation[] = [
  {
    method: "GET",
    path: /^\/auth\/token\/lookup-self$/,
    answers: { 200: enveloped(OPEN), 403: REFUSED },
  },
  { path: /^\/auth\/approle\/login$/, ...login(closed({ role_id: TEXT, secret_id: TEXT })) },
  { path: /^\/auth\/jwt\/login$/, ...login(closed({ role: TEXT, jwt: TEXT })) },
  { path: /^\/auth\/[^/]+\/login$/, ...login(OPEN) },
  {
    method: "POST",
    path: /^\/sys\/capabilities-self$/,
    request: closed({ paths: { type: "array", minItems: 1, items: TEXT } }),
    answers: { 200: enveloped(OPEN), 403: REFUSED },
  },
  {
    method: "GET",
    path: /^\/sys\/internal\/ui\/mounts\/.+$/,
    answers: { 200: enveloped(OPEN), 403: REFUSED },
  },
  {
    method: "GET",
    path: /^\/.+\/data\/.+$/,
    answers: {
      200: enveloped(closed({ data: OPEN, metadata: VERSION })),
      403: REFUSED,
      404: { anyOf: [REFUSED, enveloped(closed({ data: NOTHING, metadata: VERSION }))] },
    },
  },
  {
    method: "POST",
    path: /^\/.+\/data\/.+$/,
    request: closed({ options: closed({ cas: COUNT }), data: OPEN }, "options"),
    answers: {
      200: enveloped(VERSION),
      204: NOTHING,
      400: REFUSED,
      403: REFUSED,
      404: REFUSED,
      413: REFUSED,
    },
  },
  { method: "DELETE", path: /^\/.+\/data\/.+$/, answers: { 204: NOTHING, 403: REFUSED } },
  { method: "DELETE", path: /^\/.+\/metadata\/.+$/, answers: { 204: NOTHING, 403: REFUSED, 404: REFUSED } },
  {
    method: "GET",
    path: /^\/.+\/metadata\/.+$/,
    answers: { 200: enveloped(OPEN), 403: REFUSED, 404: REFUSED },
  },
  versionsAction("destroy"),
  versionsAction("undelete"),
];

/** Whatever is asked. */
const ALWAYS: Readonly<Record<number, object>> = { 429: REFUSED, 500: REFUSED, 503: REFUSED };

/** What of an exchange is not as described; empty is good. */
export function descriptionFaults(exchanged: Exchanged): readonly string[] {
  const { method, path, body, status, answer } = exchanged;
  const operation = OPERATIONS.find((each) => each.method === method && each.path.test(path));
  if (!operation) return [`${method} ${path} is no operation that is described`];
  const answers = { ...ALWAYS, ...operation.answers };
  const schema = answers[status];
  return [
    ...faultsOf(`the request ${method} ${path}`, operation.request ?? NOTHING, body),
    ...(schema
      ? faultsOf(`the answer ${status} to ${method} ${path}`, schema, answer)
      : [`${status} is no answer to ${method} ${path}`]),
  ];
}
