import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import {
  USER_STATUSES,
  type UserContent,
  createUser,
  deleteUser,
  listUsers,
  readUser,
  updateUser,
} from "../domain/user.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
import { PAGE_QUERY, type PageQuery, nextCursor, pageOf, parsePage, refuseCursor } from "./page-query.ts";
import { NAME, ROLE_REF, ROLE_REF_ANSWER, closed, listOf } from "./shapes.ts";

const EMAIL = {
  type: "string",
  format: "line",
  pattern: '^[^\\s@<>"(),:;\\[\\]\\\\]+@[^\\s@<>"(),:;\\[\\]\\\\]+$',
  maxLength: 254,
};
const STATUS = { enum: USER_STATUSES };
const MEMBERS = {
  email: EMAIL,
  name: NAME,
  roles: listOf(ROLE_REF, { minItems: 1, maxItems: 50, uniqueItems: true }),
  status: STATUS,
};
const NEW_USER = closed(MEMBERS, ["email", "name", "roles"]);
const PATCH = { ...closed(MEMBERS, []), minProperties: 1 };

const TEXT = { type: "string" };
const ANSWER_MEMBERS = {
  id: TEXT,
  email: TEXT,
  name: TEXT,
  roles: listOf(ROLE_REF_ANSWER),
  status: STATUS,
  createdAt: TEXT,
  updatedAt: TEXT,
  version: { type: "integer" },
};
const USER_ANSWER = closed(ANSWER_MEMBERS, Object.keys(ANSWER_MEMBERS) as (keyof typeof ANSWER_MEMBERS)[]);

const VIEW = { permission: "View users" } as const;
const EDIT = { permission: "Edit users" } as const;

export function addUserRoutes(app: FastifyInstance, context: StoreContext): void {
  addUsers(app, context);
  addSingleUser(app, context);
}

function addUsers(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PageQuery & { readonly email?: string } }>(
    "/v1/users",
    {
      config: VIEW,
      schema: {
        querystring: closed({ ...PAGE_QUERY, email: EMAIL }, []),
        response: { 200: pageOf("users", USER_ANSWER) },
      },
    },
    async ({ query }, reply) => {
      const page = parsePage(query, "user");
      if (!page) return refuseCursor(reply);
      const { users, next } = await listUsers(context, page.limit, page.after, query.email);
      return reply.send({ users, nextCursor: nextCursor(next) });
    },
  );
  app.post<{ Body: Parameters<typeof createUser>[2] }>(
    "/v1/users",
    { config: EDIT, schema: { body: NEW_USER, response: { 201: USER_ANSWER } } },
    async (request, reply) => {
      const user = await createUser(context, callerOf(request), request.body);
      if (isRefusal(user)) return sendRefusal(reply, user);
      return sendTagged(reply.code(201), user.version, user);
    },
  );
}

function addSingleUser(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/users/:id";
  app.get<{ Params: { id: string } }>(
    path,
    { config: VIEW, schema: { headers: READ_HEADERS, response: { 200: USER_ANSWER } } },
    async (request, reply) => {
      const user = await readUser(context.database, request.params.id);
      return isRefusal(user) ? sendRefusal(reply, user) : sendTagged(reply, user.version, user);
    },
  );
  app.patch<{ Params: { id: string }; Body: Partial<UserContent> }>(
    path,
    { config: EDIT, schema: { headers: CHANGE_HEADERS, body: PATCH, response: { 200: USER_ANSWER } } },
    async (request, reply) => {
      const { params, body } = request;
      const user = await updateUser(context, callerOf(request), params.id, body, ifMatchOf(request));
      return isRefusal(user) ? sendRefusal(reply, user) : sendTagged(reply, user.version, user);
    },
  );
  app.delete<{ Params: { id: string } }>(
    path,
    { config: EDIT, schema: { headers: CHANGE_HEADERS } },
    async (request, reply) => {
      const { id } = request.params;
      const refusal = await deleteUser(context, callerOf(request), id, ifMatchOf(request));
      return refusal ? sendRefusal(reply, refusal) : reply.code(204).send();
    },
  );
}
