import type { FastifyInstance } from "fastify";
import { sha256Hex } from "../../../core/digest.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { type NoticeFilter, listNotices } from "../../notices/list-notices.ts";
import type { Notice, NoticeChannel, NoticeStatus } from "../../notices/notice.ts";
import { closed } from "../../routes/shapes.ts";
import { TEXT, answers, pageAnswer } from "./cortex-shapes.ts";
import { LIST, type ListParameter, TIME, parseList, parseTime } from "./list-parameter.ts";
import { PAGING, type PagingQuery, parsePage, renderPage } from "./paging.ts";

/** The one kind of notification that this store sends. */
const TYPE = "TOKEN_EXPIRES_IN_N_DAYS";

const CORTEX_STATUSES = {
  pending: "READY",
  sent: "DELIVERED",
  superseded: "IGNORED",
  dropped: "IGNORED",
} as const satisfies Readonly<Record<NoticeStatus, string>>;

/** The real service has no webhook and no log among its media. */
const MEDIA = { email: "EMAIL", webhook: "WEBHOOK", log: "LOG" } as const satisfies Readonly<
  Record<NoticeChannel, string>
>;

const QUERY = closed(
  {
    ...PAGING,
    notificationTypes: LIST,
    statuses: LIST,
    mediums: LIST,
    fromDate: TIME,
    untilDate: TIME,
    orderBy: { const: "DESC" },
  },
  [],
);

interface NotificationQuery extends PagingQuery {
  readonly notificationTypes?: ListParameter;
  readonly statuses?: ListParameter;
  readonly mediums?: ListParameter;
  readonly fromDate?: string;
  readonly untilDate?: string;
}

const INTEGER = { type: "integer" };
const LOG = closed(
  {
    id: INTEGER,
    runId: INTEGER,
    type: TEXT,
    medium: TEXT,
    status: TEXT,
    recipientType: TEXT,
    recipientEmail: TEXT,
    dateCreated: TEXT,
    dateDelivered: TEXT,
    errorMessage: TEXT,
  },
  ["id", "medium", "recipientType", "runId", "status", "type"],
);

/** Who was reminded of which expiry. */
export function addCortexNotificationRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: NotificationQuery }>(
    "/notifications/logs",
    {
      config: { permission: "View notification logs" },
      schema: { querystring: QUERY, response: answers(pageAnswer("logs", LOG)) },
    },
    async ({ query }) => {
      const page = parsePage(query);
      const filter = buildFilter(query);
      if (filter === undefined) return { logs: [], ...renderPage(page, 0) };
      const { notices, total } = await listNotices(context, filter, page);
      return { logs: notices.map(buildLog), ...renderPage(page, total) };
    },
  );
}

/** Undefined when nothing that this store has can meet it. */
function buildFilter(query: NotificationQuery): NoticeFilter | undefined {
  const statuses = namesOf(CORTEX_STATUSES, parseList(query.statuses));
  const channels = namesOf(MEDIA, parseList(query.mediums));
  const hasType = parseList(query.notificationTypes)?.includes(TYPE) ?? true;
  if (!hasType || statuses.length === 0 || channels.length === 0) return undefined;
  const { fromDate, untilDate } = query;
  return {
    statuses,
    channels,
    ...(fromDate !== undefined && { from: parseTime(fromDate) }),
    ...(untilDate !== undefined && { to: parseTime(untilDate) }),
  };
}

/** Our names of what is wanted by the real service's. */
const namesOf = <N extends string>(
  shown: Readonly<Record<N, string>>,
  wanted: readonly string[] | undefined,
): readonly N[] =>
  (Object.keys(shown) as N[]).filter((name) => wanted === undefined || wanted.includes(shown[name]));

const buildLog = (notice: Notice) => ({
  id: numberOf(notice.id),
  runId: numberOf(`${notice.objectId} ${notice.expiresAt} ${notice.daysBefore}`),
  type: TYPE,
  medium: MEDIA[notice.channel],
  status: CORTEX_STATUSES[notice.status],
  recipientType: "USER",
  ...(notice.recipients.length > 0 && { recipientEmail: notice.recipients.join(", ") }),
  dateCreated: notice.createdAt,
  ...(notice.sentAt !== null && { dateDelivered: notice.sentAt }),
  ...(notice.lastError !== null && { errorMessage: notice.lastError }),
});

/** Ids are integers there; 52 bits that are always the same for one text. */
const numberOf = (text: string): number => Number.parseInt(sha256Hex(text).slice(0, 13), 16);
