import type { FastifyInstance } from "fastify";
import type { StoreContext } from "../domain/store-context.ts";
import { type NoticeFilter, listNoticesBefore } from "../notices/list-notices.ts";
import { NOTICE_CHANNELS, NOTICE_OBJECTS, NOTICE_STATUSES } from "../notices/notice.ts";
import { PAGE_QUERY, type PageQuery, nextCursor, pageOf, parsePage, refuseCursor } from "./page-query.ts";
import { INSTANT, closed, listOf } from "./shapes.ts";

const MOST_VALUES = 20;

const valuesOf = (pattern: string) => ({
  type: "string",
  pattern: `^(?:${pattern})(?:,(?:${pattern})){0,${MOST_VALUES - 1}}$`,
});

/** The query's lists, each separated by commas, and what they filter by. */
const LISTS = {
  objectType: ["types", NOTICE_OBJECTS.join("|")],
  objectId: ["objectIds", "[^,\\s]{1,100}"],
  status: ["statuses", NOTICE_STATUSES.join("|")],
  channel: ["channels", NOTICE_CHANNELS.join("|")],
} as const satisfies Readonly<Record<string, readonly [keyof NoticeFilter, string]>>;

type ListName = keyof typeof LISTS;
type Query = PageQuery & Readonly<Partial<Record<ListName | "startTime" | "endTime", string>>>;

const QUERY = closed(
  {
    ...PAGE_QUERY,
    startTime: INSTANT,
    endTime: INSTANT,
    ...Object.fromEntries(Object.entries(LISTS).map(([name, [, pattern]]) => [name, valuesOf(pattern)])),
  },
  [],
);

const TEXT = { type: "string" };
const NULLABLE_TEXT = { type: ["string", "null"] };
const INTEGER = { type: "integer" };
const PROPERTIES = {
  id: TEXT,
  objectType: { type: "string", enum: NOTICE_OBJECTS },
  objectId: TEXT,
  objectName: NULLABLE_TEXT,
  expiresAt: TEXT,
  daysBefore: INTEGER,
  channel: { type: "string", enum: NOTICE_CHANNELS },
  status: { type: "string", enum: NOTICE_STATUSES },
  dueAt: TEXT,
  createdAt: TEXT,
  sentAt: NULLABLE_TEXT,
  attempts: INTEGER,
  recipients: listOf(TEXT),
  lastError: NULLABLE_TEXT,
};
const NOTICE = closed(PROPERTIES, Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[]);

export function addNoticeRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: Query }>(
    "/v1/notices",
    {
      config: { permission: "View notification logs" },
      schema: { querystring: QUERY, response: { 200: pageOf("notices", NOTICE) } },
    },
    async ({ query }, reply) => {
      const page = parsePage(query, "notice");
      if (!page) return refuseCursor(reply);
      const { notices, next } = await listNoticesBefore(context, filterOf(query), page.limit, page.after);
      return reply.send({ notices, nextCursor: nextCursor(next) });
    },
  );
}

function filterOf({ startTime, endTime, ...query }: Query): NoticeFilter {
  const lists = Object.entries(LISTS).map(([name, [member]]) => [
    member,
    query[name as ListName]?.split(",") ?? [],
  ]);
  return {
    ...(startTime !== undefined && { from: new Date(startTime) }),
    ...(endTime !== undefined && { to: new Date(endTime) }),
    ...(Object.fromEntries(lists) as Pick<NoticeFilter, (typeof LISTS)[ListName][0]>),
  };
}
