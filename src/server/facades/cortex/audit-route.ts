import type { FastifyInstance } from "fastify";
import type { AuditEntry } from "../../domain/audit.ts";
import { type AuditFilter, type AuditLine, listAudit } from "../../domain/audit-query.ts";
import { cidOf } from "../../domain/key-names.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed } from "../../routes/shapes.ts";
import { TEXT, answers, pageAnswer } from "./cortex-shapes.ts";
import { LIST, type ListParameter, TIME, parseList, parseTime } from "./list-parameter.ts";
import { PAGING, type PagingQuery, parsePage, renderPage } from "./paging.ts";

/** What the Cortex API calls an action. It does not know the rest: notices, and attempts that failed. */
const CORTEX_ACTIONS = {
  CREATE: "CREATE",
  READ: "READ",
  UPDATE: "UPDATE",
  DELETE: "DELETE",
  ACTIVATE: "UPDATE",
  ROTATE: "CREATE",
  REVOKE: "DELETE",
  EXPIRE: "DELETE",
} as const satisfies { readonly [action in AuditEntry["action"]]?: string };

const QUERY = closed(
  {
    ...PAGING,
    startTime: TIME,
    endTime: TIME,
    actions: LIST,
    objectTypes: LIST,
    objectIdentifiers: LIST,
    actorTypes: LIST,
    actorApiKeyIdentifiers: LIST,
    actorIpAddresses: LIST,
  },
  ["pageSize", "page"],
);

interface AuditQuery extends PagingQuery {
  readonly startTime?: string;
  readonly endTime?: string;
  readonly actions?: ListParameter;
  readonly objectTypes?: ListParameter;
  readonly objectIdentifiers?: ListParameter;
  readonly actorTypes?: ListParameter;
  readonly actorApiKeyIdentifiers?: ListParameter;
  readonly actorIpAddresses?: ListParameter;
}

const LOG = closed(
  {
    action: TEXT,
    objectType: TEXT,
    objectIdentifier: TEXT,
    timestamp: TEXT,
    actorIdentifier: TEXT,
    ipAddress: TEXT,
  },
  ["action", "objectType", "objectIdentifier", "timestamp"],
);

export function addCortexAuditRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: AuditQuery }>(
    "/audit-logs",
    {
      config: { permission: "View audit logs" },
      schema: { querystring: QUERY, response: answers(pageAnswer("logs", LOG)) },
    },
    async ({ query }) => {
      const page = parsePage(query);
      const actions = nativeActions(parseList(query.actions));
      // An empty list of actions would be no condition.
      if (actions.length === 0) return { logs: [], ...renderPage(page, 0) };
      const filter = { ...(await buildFilter(context, query)), actions };
      const { entries, total } = await listAudit(context, filter, page);
      return { logs: entries.map(buildLog), ...renderPage(page, total) };
    },
  );
}

const nativeActions = (wanted: readonly string[] | undefined): readonly string[] =>
  Object.entries(CORTEX_ACTIONS).flatMap(([action, shown]) =>
    wanted === undefined || wanted.includes(shown) ? [action] : [],
  );

async function buildFilter(context: StoreContext, query: AuditQuery): Promise<AuditFilter> {
  const { startTime, endTime } = query;
  return {
    ...(startTime !== undefined && { startTime: parseTime(startTime) }),
    ...(endTime !== undefined && { endTime: parseTime(endTime) }),
    objectTypes: parseList(query.objectTypes) ?? [],
    objectIds: await idsOf(context, parseList(query.objectIdentifiers)),
    actorTypes: parseList(query.actorTypes) ?? [],
    actorIds: await idsOf(context, parseList(query.actorApiKeyIdentifiers)),
    ipAddresses: parseList(query.actorIpAddresses) ?? [],
  };
}

/** The identifiers, and the ids of the keys whose cids are among them. */
async function idsOf(
  { database }: StoreContext,
  identifiers: readonly string[] = [],
): Promise<readonly string[]> {
  if (identifiers.length === 0) return [];
  const keys = await database
    .selectFrom("keys")
    .select("id")
    .where("cid", "in", [...identifiers])
    .execute();
  return [...identifiers, ...keys.map(({ id }) => id)];
}

const buildLog = ({ action, objectType, objectId, at, actorType, actorId, ipAddress }: AuditLine) => ({
  action: CORTEX_ACTIONS[action as keyof typeof CORTEX_ACTIONS],
  objectType,
  objectIdentifier: identify(objectType, objectId),
  timestamp: at,
  ...(actorId !== null && { actorIdentifier: identify(actorType, actorId) }),
  ...(ipAddress !== null && { ipAddress }),
});

/** A key goes by its cid here. */
const identify = (type: string, id: string): string => (type === "API_KEY" ? cidOf(id) : id);
