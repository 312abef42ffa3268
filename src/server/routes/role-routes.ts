import type { FastifyInstance, FastifyRequest } from "fastify";
import { callerOf } from "../access/admit.ts";
import { isRefusal } from "../domain/refusal.ts";
import {
  type RoleContent,
  type RolePrecondition,
  deleteRole,
  listRoles,
  putRole,
  readRole,
  versionOfRole,
} from "../domain/role.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendProblem, sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, IF_MATCH, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
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
const CONDITIONS = { type: "object", properties: { ...IF_MATCH, "if-none-match": { const: "*" } } };
const VIEW = { permission: "View roles" } as const;

export function addRoleRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/roles",
    {
      config: VIEW,
      schema: { response: { 200: closed({ roles: listOf(ROLE_ANSWER) }, ["roles"]) } },
    },
    async () => ({ roles: await listRoles(context.database) }),
  );
  app.get<{ Params: { tag: string } }>(
    "/v1/roles/:tag",
    { config: VIEW, schema: { headers: READ_HEADERS, response: { 200: ROLE_ANSWER } } },
    async ({ params }, reply) => {
      const role = await readRole(context.database, params.tag);
      if (!role) return sendProblem(reply, "not-found", { detail: "There is no such role." });
      return sendTagged(reply, versionOfRole(role), role);
    },
  );
  addPut(app, context);
  app.delete<{ Params: { tag: string } }>(
    "/v1/roles/:tag",
    { config: { permission: "Edit roles" }, schema: { headers: CHANGE_HEADERS } },
    async (request, reply) => {
      const refusal = await deleteRole(context, callerOf(request), request.params.tag, ifMatchOf(request));
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
      return sendTagged(reply.code(put.created ? 201 : 200), versionOfRole(put.role), put.role);
    },
  );
}

const preconditionOf = (request: Pick<FastifyRequest, "headers">): RolePrecondition =>
  request.headers["if-none-match"] === undefined ? ifMatchOf(request) : "create";
