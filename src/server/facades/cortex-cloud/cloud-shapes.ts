/** The JSON Schemas that the façade's routes share. All closed. */

import { DESCRIPTION, closed, listOf } from "../../routes/shapes.ts";
import { MOST_NUMBER } from "./key-number.ts";

const MOST_TIME_MS = Date.parse("9999-12-31T00:00:00Z");
export const MOST_PAGE = 1000;
export const DEFAULT_PAGE = 100;

/** The vendor wraps every body. */
export const requestData = <P extends object>(properties: P, required: readonly (keyof P & string)[]) =>
  closed({ request_data: closed(properties, required) }, ["request_data"]);

export interface RequestData<T> {
  readonly request_data: T;
}

export const TEXT = { type: "string" } as const;
export const NULLABLE_TEXT = { type: ["string", "null"] } as const;
export const INTEGER = { type: "integer" } as const;
export const NULLABLE_INTEGER = { type: ["integer", "null"] } as const;

export const KEY_NUMBER = { type: "integer", minimum: 1, maximum: MOST_NUMBER };
/** Milliseconds since 1970. */
export const TIME_MS = { type: "integer", minimum: 0, maximum: MOST_TIME_MS };
export const COMMENT = { ...DESCRIPTION, type: ["string", "null"] };
export const NAME_LIST = listOf(
  { type: "string", format: "line", minLength: 1, maxLength: 200 },
  { minItems: 1, maxItems: 50, uniqueItems: true },
);
export const SECURITY_LEVEL = { enum: ["standard", "advanced"] };

export const PAGING = {
  search_from: { type: "integer", minimum: 0, maximum: MOST_NUMBER },
  search_to: { type: "integer", minimum: 1, maximum: MOST_NUMBER },
};

export interface Paging {
  readonly search_from?: number;
  readonly search_to?: number;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** From `search_from` until just before `search_to`; undefined when that is no page. */
export function pageOf({
  search_from = 0,
  search_to = search_from + DEFAULT_PAGE,
}: Paging): Page | undefined {
  const limit = search_to - search_from;
  return limit >= 1 && limit <= MOST_PAGE ? { offset: search_from, limit } : undefined;
}

export const PAGE_RULE = `search_to must be 1 to ${MOST_PAGE} more than search_from.`;

/** What the IAM calls answer when something is done. */
export const DONE = closed({ data: closed({ message: TEXT }, ["message"]) }, ["data"]);
