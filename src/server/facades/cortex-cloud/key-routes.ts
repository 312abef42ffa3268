/** `/public_api/v1/api_keys/…`: list, generate, delete. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../../access/admit.ts";
import { createKey } from "../../domain/create-key.ts";
import { isRefusal } from "../../domain/refusal.ts";
import { revokeKeys } from "../../domain/revoke-keys.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { sendCloudError, sendCloudRefusal } from "./cloud-error.ts";
import { readCloudRoles, rolesByName } from "./cloud-role.ts";
import {
  COMMENT,
  INTEGER,
  KEY_NUMBER,
  NAME_LIST,
  PAGE_RULE,
  PAGING,
  type Paging,
  type RequestData,
  SECURITY_LEVEL,
  TEXT,
  TIME_MS,
  pageOf,
  requestData,
} from "./cloud-shapes.ts";
import { decideExpiry } from "./key-expiry.ts";
import { KEY_RECORD, buildRecords } from "./key-record.ts";
import { nameFrom } from "./name-from.ts";
import { type KeyCondition, type KeySort, SORT_FIELDS, searchKeys } from "./search-keys.ts";

const ID_FILTER = closed(
  {
    field: { const: "id" },
    operator: { const: "in" },
    value: listOf(KEY_NUMBER, { minItems: 1, maxItems: 1000 }),
  },
  ["field", "operator", "value"],
);
const FILTER = {
  type: "object",
  required: ["field"],
  anyOf: [
    ID_FILTER,
    closed({ field: { const: "roles" }, operator: { const: "contains" }, value: NAME_LIST }, [
      "field",
      "operator",
      "value",
    ]),
    closed({ field: { const: "expiration" }, operator: { enum: ["gte", "lte"] }, value: TIME_MS }, [
      "field",
      "operator",
      "value",
    ]),
  ],
};
const SORT = closed({ field: { enum: SORT_FIELDS }, keyword: { enum: ["asc", "desc"] } }, [
  "field",
  "keyword",
]);

interface Search extends Paging {
  readonly filters: readonly KeyCondition[];
  readonly sort?: KeySort;
}

interface Generate {
  readonly roles: readonly string[];
  readonly security_level: "standard" | "advanced";
  readonly expiration?: number;
  readonly comment?: string | null;
}

export function addKeyRoutes(app: FastifyInstance, context: StoreContext): void {
  addList(app, context);
  addGenerate(app, context);
  addDelete(app, context);
}

function addList(app: FastifyInstance, context: StoreContext): void {
  const found = closed({ DATA: listOf(KEY_RECORD), FILTER_COUNT: INTEGER, TOTAL_COUNT: INTEGER }, [
    "DATA",
    "FILTER_COUNT",
    "TOTAL_COUNT",
  ]);
  app.post<{ Body: RequestData<Search> }>(
    "/v1/api_keys/get_api_keys",
    {
      config: { permission: "View API keys" },
      schema: {
        body: requestData({ filters: listOf(FILTER, { maxItems: 20 }), sort: SORT, ...PAGING }, ["filters"]),
        response: { 200: closed({ reply: found }, ["reply"]) },
      },
    },
    async ({ body: { request_data: search } }, reply) => {
      const page = pageOf(search);
      if (!page) return sendCloudError(reply, 400, PAGE_RULE);
      const { filters, sort = { field: "id", keyword: "asc" } } = search;
      const roles = await readCloudRoles(context.database);
      const { rows, filterCount, totalCount } = await searchKeys(context, roles, { filters, sort, page });
      const data = await buildRecords(context.database, roles, rows);
      return { reply: { DATA: data, FILTER_COUNT: filterCount, TOTAL_COUNT: totalCount } };
    },
  );
}

function addGenerate(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: RequestData<Generate> }>(
    "/v1/api_keys/generate",
    {
      config: { permission: "Edit API keys" },
      schema: {
        body: requestData(
          { roles: NAME_LIST, security_level: SECURITY_LEVEL, expiration: TIME_MS, comment: COMMENT },
          ["roles", "security_level"],
        ),
        response: { 200: closed({ reply: closed({ id: INTEGER, key: TEXT }, ["id", "key"]) }, ["reply"]) },
      },
    },
    async (request, reply) => {
      const { roles: names, security_level: securityLevel, expiration, comment } = request.body.request_data;
      const roles = rolesByName(await readCloudRoles(context.database), names);
      if (isRefusal(roles)) return sendCloudRefusal(reply, roles);
      const expiresAt = decideExpiry(expiration, context.clock.now());
      if (typeof expiresAt !== "string") return sendCloudRefusal(reply, expiresAt);
      const description = comment ?? "";
      const wanted = { name: nameFrom(description), description, roles, securityLevel, expiresAt };
      const made = await createKey(context, callerOf(request), wanted, { state: "active" });
      if (isRefusal(made)) return sendCloudRefusal(reply, made);
      return { reply: { id: made.row.number, key: made.secret?.reveal() } };
    },
  );
}

function addDelete(app: FastifyInstance, context: StoreContext): void {
  const counted = closed({ update_count: INTEGER }, ["update_count"]);
  app.post<{ Body: RequestData<{ filters: readonly { value: readonly number[] }[] }> }>(
    "/v1/api_keys/delete",
    {
      config: { permission: "Edit API keys" },
      schema: {
        body: requestData({ filters: listOf(ID_FILTER, { minItems: 1, maxItems: 1 }) }, ["filters"]),
        response: { 200: closed({ reply: counted }, ["reply"]) },
      },
    },
    async (request, reply) => {
      const numbers = request.body.request_data.filters.flatMap(({ value }) => value);
      const revoked = await revokeKeys(context, callerOf(request), numbers);
      if (typeof revoked !== "number") return sendCloudRefusal(reply, revoked);
      return { reply: { update_count: revoked } };
    },
  );
}
