/** `/platform/iam/v1/api-key/{id}`: one key, and its roles and comment changed in place. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../../access/admit.ts";
import { changeKeyRoles } from "../../domain/change-key-access.ts";
import { isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed } from "../../routes/shapes.ts";
import { sendCloudError, sendCloudRefusal } from "./cloud-error.ts";
import { readCloudRoles, rolesById } from "./cloud-role.ts";
import { COMMENT, DONE, NAME_LIST, type RequestData, SECURITY_LEVEL, requestData } from "./cloud-shapes.ts";
import { KEY_RECORD, buildRecords, findKey } from "./key-record.ts";

export const KEY_PARAMS = closed({ id: { type: "string", pattern: "^\\d{1,19}$" } }, ["id"]);

export interface KeyParams {
  readonly id: string;
}

interface Edit {
  readonly roles: readonly string[];
  readonly security_level: "standard" | "advanced";
  readonly comment?: string | null;
}

const LEVEL_IS_FIXED = "The security_level of a key does not change: generate another key.";

/** The vendor's answer is a 400, not a 404. */
export const unknownKey = (id: string): string =>
  `Api Key fetch failed: api_key_id does not exist, id=${id}.`;

const PATH = "/v1/api-key/:id";

export function addIamKeyRoutes(app: FastifyInstance, context: StoreContext): void {
  addEdit(app, context);
  app.get<{ Params: KeyParams }>(
    PATH,
    {
      config: { permission: "View API keys" },
      schema: { params: KEY_PARAMS, response: { 200: closed({ data: KEY_RECORD }, ["data"]) } },
    },
    async ({ params: { id } }, reply) => {
      const row = await findKey(context, id);
      if (!row) return sendCloudError(reply, 400, unknownKey(id));
      const [data] = await buildRecords(context.database, await readCloudRoles(context.database), [row]);
      return { data };
    },
  );
}

function addEdit(app: FastifyInstance, context: StoreContext): void {
  app.put<{ Params: KeyParams; Body: RequestData<Edit> }>(
    PATH,
    {
      config: { permission: "Edit API keys" },
      schema: {
        params: KEY_PARAMS,
        body: requestData({ roles: NAME_LIST, security_level: SECURITY_LEVEL, comment: COMMENT }, [
          "roles",
          "security_level",
        ]),
        response: { 200: DONE },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { roles: roleIds, security_level: level, comment } = request.body.request_data;
      const row = await findKey(context, id);
      if (!row) return sendCloudError(reply, 400, unknownKey(id));
      const roles = rolesById(await readCloudRoles(context.database), roleIds);
      if (isRefusal(roles)) return sendCloudRefusal(reply, roles);
      if (row.security_level !== level) return sendCloudError(reply, 400, LEVEL_IS_FIXED);
      const description = comment === null ? "" : comment;
      const changed = await changeKeyRoles(context, callerOf(request), row.id, roles, description);
      if (isRefusal(changed)) return sendCloudRefusal(reply, changed);
      return { data: { message: `api_key_id ${id} updated successfully.` } };
    },
  );
}
