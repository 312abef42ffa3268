import type { FastifyInstance } from "fastify";
import { ACTOR_TYPES, AUDIT_ACTIONS, OBJECT_TYPES } from "../domain/audit.ts";
import { type AuditFilter, listAuditBefore } from "../domain/audit-query.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { type AuditCheck, BREAK_REASONS, goesThrough, verifyAudit } from "../domain/verify-audit.ts";
import { INSTANT, closed, listOf } from "./shapes.ts";

const DEFAULT_PAGE_SIZE = 100;
const MOST_VALUES = 20;

const valuesOf = (pattern: string) => ({
  type: "string",
  pattern: `^(?:${pattern})(?:,(?:${pattern})){0,${MOST_VALUES - 1}}$`,
});
const ID = "[^,\\s]{1,100}";
const SEQ = { type: "string", pattern: "^(0|[1-9]\\d{0,14})$" };
const HASH = { type: "string", pattern: "^[0-9a-f]{64}$" };

/** The query's lists, each separated by commas, and what they filter by. */
const LISTS = {
  action: ["actions", AUDIT_ACTIONS.join("|")],
  objectType: ["objectTypes", OBJECT_TYPES.join("|")],
  objectId: ["objectIds", ID],
  actorType: ["actorTypes", ACTOR_TYPES.join("|")],
  actorId: ["actorIds", ID],
  ipAddress: ["ipAddresses", ID],
} as const satisfies Readonly<Record<string, readonly [keyof AuditFilter, string]>>;

type ListName = keyof typeof LISTS;
type Query = Readonly<Partial<Record<ListName | "limit" | "cursor" | "startTime" | "endTime", string>>>;

const QUERY = closed(
  {
    limit: { type: "string", pattern: "^([1-9]\\d{0,2}|1000)$" },
    cursor: SEQ,
    startTime: INSTANT,
    endTime: INSTANT,
    ...Object.fromEntries(Object.entries(LISTS).map(([name, [, pattern]]) => [name, valuesOf(pattern)])),
  },
  [],
);

const TEXT = { type: "string" };
const NULLABLE_TEXT = { type: ["string", "null"] };
const ENTRY = closed(
  {
    seq: { type: "integer" },
    at: TEXT,
    actorType: { enum: ACTOR_TYPES },
    actorId: NULLABLE_TEXT,
    ipAddress: NULLABLE_TEXT,
    action: { enum: AUDIT_ACTIONS },
    objectType: { enum: OBJECT_TYPES },
    objectId: TEXT,
    details: { type: "object", additionalProperties: true },
    hash: HASH,
  },
  ["seq", "at", "actorType", "actorId", "ipAddress", "action", "objectType", "objectId", "details", "hash"],
);
const PAGE = closed({ entries: listOf(ENTRY), nextCursor: NULLABLE_TEXT }, ["entries", "nextCursor"]);

export function addAuditRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: Query }>(
    "/v1/audit-log",
    { config: { permission: "View audit logs" }, schema: { querystring: QUERY, response: { 200: PAGE } } },
    async ({ query }) => {
      const limit = Number(query.limit ?? DEFAULT_PAGE_SIZE);
      const before = query.cursor === undefined ? undefined : Number(query.cursor);
      const { entries, next } = await listAuditBefore(context, filterOf(query), limit, before);
      return { entries, nextCursor: next === undefined ? null : String(next) };
    },
  );
  addVerification(app, context);
}

function filterOf({ startTime, endTime, ...query }: Query): AuditFilter {
  const lists = Object.entries(LISTS).map(([name, [member]]) => [
    member,
    query[name as ListName]?.split(",") ?? [],
  ]);
  return {
    ...(startTime !== undefined && { startTime: new Date(startTime) }),
    ...(endTime !== undefined && { endTime: new Date(endTime) }),
    ...(Object.fromEntries(lists) as Pick<AuditFilter, (typeof LISTS)[ListName][0]>),
  };
}

const CHECK_QUERY = {
  ...closed({ seq: SEQ, hash: HASH }, []),
  dependentRequired: { seq: ["hash"], hash: ["seq"] },
};
const CHECK = closed(
  {
    whole: { type: "boolean" },
    head: closed({ seq: { type: "integer" }, hash: HASH }, ["seq", "hash"]),
    firstBroken: { type: "integer" },
    reason: { enum: BREAK_REASONS },
  },
  ["whole"],
);

function addVerification(app: FastifyInstance, context: StoreContext): void {
  // A long log takes a while to walk: whoever asks meanwhile gets the same answer.
  let underWay: Promise<AuditCheck> | undefined;
  app.get<{ Querystring: { seq?: string; hash?: string } }>(
    "/v1/audit-log/verification",
    {
      config: { permission: "View audit logs" },
      schema: { querystring: CHECK_QUERY, response: { 200: CHECK } },
    },
    async ({ query: { seq, hash } }): Promise<AuditCheck> => {
      underWay ??= verifyAudit(context.database).finally(() => {
        underWay = undefined;
      });
      const check = await underWay;
      if (!check.whole || seq === undefined || hash === undefined) return check;
      const known = { seq: Number(seq), hash };
      if (await goesThrough(context.database, known)) return check;
      return known.seq > check.head.seq
        ? { whole: false, firstBroken: check.head.seq + 1, reason: "missing" }
        : { whole: false, firstBroken: Math.max(1, known.seq), reason: "changed" };
    },
  );
}
