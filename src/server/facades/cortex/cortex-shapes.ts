/** The JSON Schemas of the Cortex façade. All closed, as the native API's. */

import { DEFAULT_ROLES } from "../../../core/role-ref.ts";
import { DESCRIPTION, INSTANT, NAME, ROLE_TAG, closed, listOf } from "../../routes/shapes.ts";
import { PAGING, PAGING_ANSWER } from "./paging.ts";

export const TEXT = { type: "string" };

/** A field that a client leaves out or sends as null, which means the same. */
export const optional = <S extends { readonly type: string }>(schema: S) => ({
  ...schema,
  type: [schema.type, "null"],
});

export const NO_QUERY = closed({}, []);
export const PAGING_QUERY = closed(PAGING, ["pageSize", "page"]);
export const OPTIONAL_PAGING_QUERY = closed(PAGING, []);

/** An id or a tag in a path. */
export const named = (name: string) =>
  closed({ [name]: { type: "string", pattern: "^[\\x21-\\x7e]{1,100}$" } }, [name]);

/** Roles that the API can give; a key that was made elsewhere can have others. */
const WRITABLE_ROLES = DEFAULT_ROLES.filter((role) => role !== "MANAGER");

/** What holds for roles of one type; a linter takes `then` for a promise's. */
const ofType = (type: string, role: object) => ({
  if: { type: "object", properties: { type: { not: { const: type } } } },
  else: role,
});

const ROLE = {
  type: "object",
  required: ["type"],
  properties: { type: { enum: ["DEFAULT", "CUSTOM"] } },
  allOf: [
    ofType("DEFAULT", closed({ type: TEXT, role: { enum: WRITABLE_ROLES } }, ["role"])),
    ofType("CUSTOM", closed({ type: TEXT, tag: ROLE_TAG }, ["tag"])),
  ],
};

export const NEW_KEY = closed(
  {
    name: NAME,
    description: optional(DESCRIPTION),
    roles: listOf(ROLE, { minItems: 1, maxItems: 50, uniqueItems: true }),
    expirationDate: optional(INSTANT),
  },
  ["name", "roles"],
);

export const KEY_UPDATE = closed({ name: NAME, description: optional(DESCRIPTION) }, ["name"]);

const ROLE_ANSWER = closed({ type: TEXT, role: TEXT, tag: TEXT }, ["type"]);

export const KEY_ANSWER = closed(
  {
    cid: TEXT,
    createdDate: TEXT,
    description: TEXT,
    expirationDate: TEXT,
    last4: TEXT,
    name: TEXT,
    roles: listOf(ROLE_ANSWER),
  },
  ["cid", "createdDate", "last4", "roles"],
);

/** Without `cid` and `last4`, as the real service gives it. */
export const CREATED_KEY_ANSWER = closed(
  { apiKey: TEXT, description: TEXT, expirationDate: TEXT, name: TEXT, roles: listOf(ROLE_ANSWER) },
  ["apiKey", "roles"],
);

export const pageAnswer = (name: string, item: object) =>
  closed<Record<string, object>>({ [name]: listOf(item), ...PAGING_ANSWER }, [
    name,
    ...Object.keys(PAGING_ANSWER),
  ]);

const ERROR_ANSWER = closed(
  { message: TEXT, type: TEXT, details: TEXT, requestId: TEXT, httpStatus: { type: "integer" } },
  ["message", "type"],
);

const TOO_MANY_ANSWER = closed(
  {
    type: TEXT,
    title: TEXT,
    status: { type: "integer" },
    detail: TEXT,
    retryAfter: { type: "integer" },
  },
  ["type", "title", "status"],
);

/** What a route answers: `success` with 200, or one of the errors that all routes share. */
export const answers = (success: object) => ({
  200: success,
  "4xx": ERROR_ANSWER,
  429: TOO_MANY_ANSWER,
  "5xx": ERROR_ANSWER,
});

/** 200 with nothing in it. */
export const EMPTY_ANSWER = { type: "null", description: "An empty body" };
