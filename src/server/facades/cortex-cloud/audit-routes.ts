/** `/public_api/v1/audits/management_logs`: the audit log in this vendor's words. */

import type { FastifyInstance } from "fastify";
import { type AuditFilter, type AuditLine, listAudit } from "../../domain/audit-query.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { sendCloudError } from "./cloud-error.ts";
import {
  INTEGER,
  NAME_LIST,
  NULLABLE_TEXT,
  PAGE_RULE,
  PAGING,
  type Paging,
  type RequestData,
  TEXT,
  TIME_MS,
  pageOf,
  requestData,
} from "./cloud-shapes.ts";
import { type Creator, readCreators } from "./creators.ts";

type Condition =
  | { readonly field: "timestamp"; readonly operator: "gte" | "lte"; readonly value: number }
  | { readonly field: "type" | "sub_type"; readonly operator: "in"; readonly value: readonly string[] };

interface Search extends Paging {
  readonly filters?: readonly Condition[];
  readonly sort?: { readonly field: "timestamp"; readonly keyword: "asc" | "desc" };
}

const SEARCH = requestData(
  {
    filters: listOf(
      {
        type: "object",
        required: ["field"],
        anyOf: [
          closed({ field: { const: "timestamp" }, operator: { enum: ["gte", "lte"] }, value: TIME_MS }, [
            "field",
            "operator",
            "value",
          ]),
          closed({ field: { enum: ["type", "sub_type"] }, operator: { const: "in" }, value: NAME_LIST }, [
            "field",
            "operator",
            "value",
          ]),
        ],
      },
      { maxItems: 20 },
    ),
    sort: closed({ field: { const: "timestamp" }, keyword: { enum: ["asc", "desc"] } }, ["field", "keyword"]),
    ...PAGING,
  },
  [],
);

const ENTRY = closed(
  {
    AUDIT_ID: INTEGER,
    AUDIT_OWNER_NAME: TEXT,
    AUDIT_OWNER_EMAIL: TEXT,
    AUDIT_ENTITY: TEXT,
    AUDIT_ENTITY_SUBTYPE: TEXT,
    AUDIT_RESULT: TEXT,
    AUDIT_DESCRIPTION: TEXT,
    AUDIT_ASSET_NAMES: TEXT,
    AUDIT_ASSET_JSON: TEXT,
    AUDIT_HOSTNAME: NULLABLE_TEXT,
    AUDIT_INSERT_TIME: INTEGER,
  },
  ["AUDIT_ID", "AUDIT_ENTITY", "AUDIT_ENTITY_SUBTYPE", "AUDIT_RESULT", "AUDIT_INSERT_TIME"],
);
const FOUND = closed({ total_count: INTEGER, result_count: INTEGER, data: listOf(ENTRY) }, [
  "total_count",
  "result_count",
  "data",
]);

export function addAuditRoutes(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: RequestData<Search> }>(
    "/v1/audits/management_logs",
    {
      config: { permission: "View audit logs" },
      schema: { body: SEARCH, response: { 200: closed({ reply: FOUND }, ["reply"]) } },
    },
    async ({ body: { request_data: search } }, reply) => {
      const page = pageOf(search);
      if (!page) return sendCloudError(reply, 400, PAGE_RULE);
      const filter = buildFilter(search.filters ?? []);
      if (!filter) return sendCloudError(reply, 400, "A field and operator can be given once.");
      const { entries, total } = await listAudit(context, filter, page, search.sort?.keyword);
      const creatorOf = await readCreators(
        context.database,
        entries.map(({ actorId }) => actorId),
      );
      const data = entries.map((entry) => buildEntry(entry, creatorOf(entry.actorId)));
      return { reply: { total_count: total, result_count: data.length, data } };
    },
  );
}

/** Undefined when a condition comes twice. */
function buildFilter(conditions: readonly Condition[]): AuditFilter | undefined {
  const names = conditions.map(({ field, operator }) => `${field} ${operator}`);
  if (new Set(names).size < names.length) return undefined;
  return Object.assign({}, ...conditions.map(partOf)) as AuditFilter;
}

function partOf({ field, operator, value }: Condition): AuditFilter {
  if (typeof value !== "number") return field === "type" ? { objectTypes: value } : { actions: value };
  // The filter's own end is excluded.
  return operator === "gte" ? { startTime: new Date(value) } : { endTime: new Date(value + 1) };
}

const buildEntry = (entry: AuditLine, owner: Creator) => ({
  AUDIT_ID: entry.seq,
  AUDIT_OWNER_NAME: entry.actorType === "ANONYMOUS" ? "Anonymous" : owner.name,
  AUDIT_OWNER_EMAIL: entry.actorType === "ANONYMOUS" ? "" : owner.identity,
  AUDIT_ENTITY: entry.objectType,
  AUDIT_ENTITY_SUBTYPE: entry.action,
  AUDIT_RESULT: entry.action.endsWith("_FAILED") ? "FAIL" : "SUCCESS",
  AUDIT_DESCRIPTION: `${entry.action} ${entry.objectType} ${entry.objectId}`,
  AUDIT_ASSET_NAMES: entry.objectId,
  AUDIT_ASSET_JSON: JSON.stringify(entry.details),
  AUDIT_HOSTNAME: entry.ipAddress,
  AUDIT_INSERT_TIME: Date.parse(entry.at),
});
