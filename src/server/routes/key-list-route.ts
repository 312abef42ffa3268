import type { FastifyInstance } from "fastify";
import { describeKeys } from "../domain/describe-keys.ts";
import { KEY_STATUSES, type KeyStatus } from "../domain/key.ts";
import { type KeyFilter, listKeys } from "../domain/list-keys.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { PAGE_QUERY, type PageQuery, nextCursor, pageOf, parsePage, refuseCursor } from "./page-query.ts";
import { INSTANT, KEY_ANSWER, OWNER, ROLE_TEXT, closed, listOf } from "./shapes.ts";

const DEFAULT_STATUSES: readonly KeyStatus[] = ["pending", "active", "expired"];
const STATUS = KEY_STATUSES.join("|");
const LABEL = { type: "string", pattern: "^[^=]{1,100}=", maxLength: 357 };

interface Query extends PageQuery {
  readonly status?: string;
  readonly label?: string | readonly string[];
  readonly owner?: string;
  readonly role?: string;
  readonly expiringBefore?: string;
  readonly compliant?: "true" | "false";
}

const QUERY = closed(
  {
    ...PAGE_QUERY,
    status: { type: "string", pattern: `^(${STATUS})(,(${STATUS})){0,3}$` },
    label: { anyOf: [LABEL, listOf(LABEL, { maxItems: 10 })] },
    owner: OWNER,
    role: ROLE_TEXT,
    expiringBefore: INSTANT,
    compliant: { enum: ["true", "false"] },
  },
  [],
);

export function addKeyListRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: Query }>(
    "/v1/keys",
    {
      config: { permission: "View API keys" },
      schema: { querystring: QUERY, response: { 200: pageOf("keys", KEY_ANSWER) } },
    },
    async ({ query }, reply) => {
      const page = parsePage(query, "key");
      if (!page) return refuseCursor(reply);
      const { keys, next } = await listKeys(context, filterOf(query), page.limit, page.after);
      return reply.send({ keys: await describeKeys(context, keys), nextCursor: nextCursor(next) });
    },
  );
}

function filterOf({ status, label = [], owner, role, expiringBefore, compliant }: Query): KeyFilter {
  return {
    statuses: (status?.split(",") as KeyStatus[] | undefined) ?? DEFAULT_STATUSES,
    labels: [label].flat().map(parseLabel),
    ...(owner !== undefined && { owner }),
    ...(role !== undefined && { role }),
    ...(expiringBefore !== undefined && { expiringBefore }),
    ...(compliant !== undefined && { compliant: compliant === "true" }),
  };
}

function parseLabel(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
