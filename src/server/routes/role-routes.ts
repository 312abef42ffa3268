import type { FastifyInstance, FastifyRequest } from "fastify";
import { callerOf } from "../access/admit.ts";
import { isRefusal } from "../domain/refusal.ts";
import { type RoleContent, type RolePrecondition, deleteRole, listRoles, putRole } from "../domain/role.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { DESCRIPTION, NAME, PERMISSION_LIST, ROLE_ANSWER, ROLE_TAG, closed, listOf } from "./shapes.ts";

const CONTENT = closed(
  {
    displayName: NAME,
    description: DESCRIPTION,
    permissions: PERMISSION_LIST,
    instance: { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,62}$" },
  },
  ["displayName", "permissions"],
);
const ONLY_ANY = { const: "*" };
const CONDITIONS = { type: "object", properties: { "if-match": ONLY_ANY, "if-none-match": ONLY_ANY } };

export function addRoleRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/roles",
    {
      config: { permission: "View roles" },
      schema: { response: { 200: closed({ roles: listOf(ROLE_ANSWER) }, ["roles"]) } },
    },
    async () => ({ roles: await listRoles(context.database) }),
  );
  addPut(app, context);
  app.delete<{ Params: { tag: string } }>(
    "/v1/roles/:tag",
    { config: { permission: "Edit roles" } },
    async (request, reply) => {
      const refusal = await deleteRole(context, callerOf(request), request.params.tag);
      return refusal ? sendRefusal(reply, refusal) : reply.code(204).send();
    },
  );
}

function addPut(app: FastifyInstance, context: StoreContext): void {
  app.put<{ Params: { tag: string }; Body: RoleContent }>(
    "/v1/roles/:tag",
    {
      config: { permission: "Edit roles" },
      schema: {
        params: closed({ tag: ROLE_TAG }, ["tag"]),
        headers: CONDITIONS,
        body: CONTENT,
        response: { 200: ROLE_ANSWER, 201: ROLE_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const put = await putRole(context, callerOf(request), params.tag, body, preconditionOf(request));
      if (isRefusal(put)) return sendRefusal(reply, put);
      return reply.code(put.created ? 201 : 200).send(put.role);
    },
  );
}

function preconditionOf({ headers }: Pick<FastifyRequest, "headers">): RolePrecondition {
  if (headers["if-none-match"] !== undefined) return "create";
  return headers["if-match"] === undefined ? undefined : "replace";
}
