/** What stands in many requests to GitHub and its answers, as JSON Schemas. */

import { closed } from "./description.fixture.ts";

export const TEXT = { type: "string" };
export const MAYBE_TEXT = { type: ["string", "null"] };
export const LINK = { type: "string", format: "uri" };
export const TIME = { type: "string", format: "date-time" };
export const MAYBE_TIME = { type: ["string", "null"], format: "date-time" };
export const YES_OR_NO = { type: "boolean" };
export const ID = { type: "integer", minimum: 1 };
export const COUNT = { type: "integer", minimum: 0 };
export const SHA = { type: "string", pattern: "^([0-9a-f]{40}|[0-9a-f]{64})$" };
export const listOf = (items: object): object => ({ type: "array", items });
export const orNull = (schema: object): object => ({ anyOf: [schema, { type: "null" }] });

export const PAGES = ["per_page", "page"];
export const REPOSITORY = "/repos/{owner}/{repo}";

/** Of a refusal that is about the body. */
export const INVALID = closed({
  message: TEXT,
  documentation_url: TEXT,
  errors: listOf(closed({ resource: TEXT, code: TEXT, field: TEXT, message: TEXT })),
});

export const PERSON = closed({ id: ID, login: TEXT, type: { enum: ["User", "Bot"] }, html_url: LINK });
export const APP = orNull(closed({ id: ID, slug: TEXT, name: TEXT }));
export const LABEL = closed({ name: TEXT, color: TEXT });
