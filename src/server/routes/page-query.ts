/** `limit` and `cursor` of a listing, and its answer's `nextCursor`. */

import type { FastifyReply } from "fastify";
import { sendProblem } from "../problem.ts";
import { parseCursor, renderCursor } from "./page-cursor.ts";
import { closed, listOf } from "./shapes.ts";

export const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 100;

export interface PageQuery {
  readonly limit?: string;
  readonly cursor?: string;
}

/** For the `properties` of a listing's query schema. */
export const PAGE_QUERY = {
  limit: { type: "string", pattern: `^([1-9]\\d{0,2}|${MAX_PAGE_SIZE})$` },
  cursor: { type: "string", maxLength: 100 },
};

/** The schema of an answer that holds a page of things under `member`. */
export const pageOf = (member: string, item: object) =>
  closed({ [member]: listOf(item), nextCursor: { type: ["string", "null"] } }, [member, "nextCursor"]);

/** Where the page begins and how long it is; undefined when the cursor is none of ours. */
export function parsePage(
  { limit, cursor }: PageQuery,
  kind: string,
): { readonly limit: number; readonly after: string | undefined } | undefined {
  const after = cursor === undefined ? undefined : parseCursor(cursor, kind);
  if (cursor !== undefined && after === undefined) return undefined;
  return { limit: Number(limit ?? DEFAULT_PAGE_SIZE), after };
}

export const nextCursor = (next: string | undefined): string | null =>
  next === undefined ? null : renderCursor(next);

export const refuseCursor = (reply: FastifyReply): FastifyReply =>
  sendProblem(reply, "invalid-request", {
    errors: [{ parameter: "cursor", detail: "must be the nextCursor of an earlier answer" }],
  });
