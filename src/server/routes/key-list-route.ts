import type { FastifyInstance, FastifyReply } from "fastify";
import { KEY_STATUSES, type KeyStatus } from "../domain/key.ts";
import { listKeys } from "../domain/list-keys.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendProblem } from "../problem.ts";
import { parseCursor, renderCursor } from "./page-cursor.ts";
import { KEY_ANSWER, closed, listOf } from "./shapes.ts";

export const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 100;
const DEFAULT_STATUSES: readonly KeyStatus[] = ["pending", "active", "expired"];
const STATUS = KEY_STATUSES.join("|");
const LABEL = { type: "string", pattern: "^[^=]{1,100}=", maxLength: 357 };

interface Query {
  readonly limit?: string;
  readonly cursor?: string;
  readonly status?: string;
  readonly label?: string | readonly string[];
}

const QUERY = closed(
  {
    limit: { type: "string", pattern: `^([1-9]\\d{0,2}|${MAX_PAGE_SIZE})$` },
    cursor: { type: "string", maxLength: 100 },
    status: { type: "string", pattern: `^(${STATUS})(,(${STATUS})){0,3}$` },
    label: { anyOf: [LABEL, listOf(LABEL, { maxItems: 10 })] },
  },
  [],
);

const PAGE = closed({ keys: listOf(KEY_ANSWER), nextCursor: { type: ["string", "null"] } }, [
  "keys",
  "nextCursor",
]);

export function addKeyListRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: Query }>(
    "/v1/keys",
    { config: { permission: "View API keys" }, schema: { querystring: QUERY, response: { 200: PAGE } } },
    async ({ query }, reply) => {
      const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
      if (query.cursor !== undefined && after === undefined) return refuseCursor(reply);
      const statuses = (query.status?.split(",") as KeyStatus[] | undefined) ?? DEFAULT_STATUSES;
      const labels = [query.label ?? []].flat().map(parseLabel);
      const limit = Number(query.limit ?? DEFAULT_PAGE_SIZE);
      const { keys, next } = await listKeys(context, { statuses, labels }, limit, after);
      return reply.send({ keys, nextCursor: next === undefined ? null : renderCursor(next) });
    },
  );
}

const refuseCursor = (reply: FastifyReply): FastifyReply =>
  sendProblem(reply, "invalid-request", {
    errors: [{ parameter: "cursor", detail: "must be the nextCursor of an earlier answer" }],
  });

function parseLabel(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
