/** A user's personal tokens, for administrators who have all rights of that user. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { listTokens, revokeTokenOf } from "../domain/change-token.ts";
import { type NewToken, createToken } from "../domain/create-token.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { readUserAs } from "../domain/user.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, ifMatchOf } from "./entity-tag.ts";
import { type PageQuery, nextCursor, parsePage, refuseCursor } from "./page-query.ts";
import { sendNewToken } from "./send-new-token.ts";
import { NEW_TOKEN, NEW_TOKEN_ANSWER, TOKEN_PAGE, TOKEN_QUERY } from "./token-shapes.ts";

const EDIT = { permission: "Edit users" } as const;
const PATH = "/v1/users/:id/tokens";

interface OfUser {
  readonly id: string;
}

export function addUserTokenRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Params: OfUser; Querystring: PageQuery }>(
    PATH,
    { config: EDIT, schema: { querystring: TOKEN_QUERY, response: { 200: TOKEN_PAGE } } },
    async (request, reply) => {
      const page = parsePage(request.query, "pat");
      if (!page) return refuseCursor(reply);
      const user = await readUserAs(callerOf(request), context.database, request.params.id);
      if (isRefusal(user)) return sendRefusal(reply, user);
      const { tokens, next } = await listTokens(context, user, page.limit, page.after);
      return reply.send({ tokens, nextCursor: nextCursor(next) });
    },
  );
  app.post<{ Params: OfUser; Body: NewToken }>(
    PATH,
    { config: EDIT, schema: { body: NEW_TOKEN, response: { 201: NEW_TOKEN_ANSWER } } },
    async (request, reply) => {
      const { params, body } = request;
      return sendNewToken(reply, await createToken(context, callerOf(request), params.id, body));
    },
  );
  app.delete<{ Params: OfUser & { readonly token: string } }>(
    `${PATH}/:token`,
    { config: EDIT, schema: { headers: CHANGE_HEADERS } },
    async (request, reply) => {
      const { id, token } = request.params;
      const revoked = await revokeTokenOf(context, callerOf(request), id, token, ifMatchOf(request));
      return isRefusal(revoked) ? sendRefusal(reply, revoked) : reply.code(204).send();
    },
  );
}
