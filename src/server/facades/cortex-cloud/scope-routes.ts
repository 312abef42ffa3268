/** `/platform/iam/v1/scope/api-key/{id}`, and the asset groups that scopes name. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../../access/admit.ts";
import { changeKeyScope } from "../../domain/change-key-access.ts";
import { isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { sendCloudError, sendCloudRefusal } from "./cloud-error.ts";
import { SCOPE_ANSWER } from "./answer-shapes.ts";
import { DONE, KEY_NUMBER, type RequestData, requestData } from "./cloud-shapes.ts";
import { KEY_PARAMS, type KeyParams, unknownKey } from "./iam-key-routes.ts";
import { findKey } from "./key-record.ts";
import { type ScopeEdit, mergeScope, renderScope } from "./scope.ts";

const MODES = ["no_scope", "see_all", "scope"];
const MODE = { enum: MODES };
const NAMES = listOf({ type: "string", format: "line", minLength: 1, maxLength: 200 }, { maxItems: 200 });
const IN_ENDPOINTS = closed({ mode: { enum: [...MODES, "any"] }, names: NAMES }, ["mode", "names"]);
const ROW_FILTER = closed(
  {
    dataset: { type: "string", format: "line", minLength: 1, maxLength: 200 },
    filter: { type: "string", format: "text", maxLength: 2000 },
  },
  ["dataset", "filter"],
);

const EDIT = requestData(
  {
    assets: closed({ mode: MODE, asset_group_ids: listOf(KEY_NUMBER, { maxItems: 200 }) }, [
      "mode",
      "asset_group_ids",
    ]),
    endpoints: closed({ endpoint_groups: IN_ENDPOINTS, endpoint_tags: IN_ENDPOINTS }, []),
    cases_issues: closed(
      { mode: MODE, names: NAMES, include_cases_issues_empty_entities: { type: "boolean" } },
      ["mode", "names"],
    ),
    datasets_rows: closed({ default_filter_mode: MODE, filters: listOf(ROW_FILTER, { maxItems: 20 }) }, [
      "default_filter_mode",
      "filters",
    ]),
  },
  [],
);

export function addScopeRoutes(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/scope/api-key/:id";
  app.get<{ Params: KeyParams }>(
    path,
    {
      config: { permission: "View API keys" },
      schema: { params: KEY_PARAMS, response: { 200: SCOPE_ANSWER } },
    },
    async ({ params: { id } }, reply) => {
      const row = await findKey(context, id);
      return row ? { data: renderScope(row.scope) } : sendCloudError(reply, 400, unknownKey(id));
    },
  );
  app.put<{ Params: KeyParams; Body: RequestData<ScopeEdit> }>(
    path,
    {
      config: { permission: "Edit API keys" },
      schema: { params: KEY_PARAMS, body: EDIT, response: { 200: DONE } },
    },
    async (request, reply) => {
      const { id } = request.params;
      const edit = request.body.request_data;
      const row = await findKey(context, id);
      if (!row) return sendCloudError(reply, 400, unknownKey(id));
      const merge = (before: string | null): string => mergeScope(before, edit);
      const changed = await changeKeyScope(context, callerOf(request), row.id, merge);
      if (isRefusal(changed)) return sendCloudRefusal(reply, changed);
      return { data: { message: `Scope of api_key_id ${id} updated successfully.` } };
    },
  );
}
