/** A user's own personal tokens. The caller is one of them; somebody else's is as good as none. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import {
  type TokenPatch,
  listTokens,
  readToken,
  revokeOwnToken,
  updateToken,
} from "../domain/change-token.ts";
import { type NewToken, createToken } from "../domain/create-token.ts";
import { type Refusal, isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
import { type PageQuery, nextCursor, parsePage, refuseCursor } from "./page-query.ts";
import { sendNewToken } from "./send-new-token.ts";
import {
  NEW_TOKEN,
  NEW_TOKEN_ANSWER,
  TOKEN_ANSWER,
  TOKEN_PAGE,
  TOKEN_PATCH,
  TOKEN_QUERY,
} from "./token-shapes.ts";

const OWN = { permission: "any key" } as const;

const NOT_A_USER: Refusal = {
  refused: "forbidden",
  detail: "An API key is nobody's: come with a personal token, or use /v1/users/{id}/tokens.",
};

export function addTokenRoutes(app: FastifyInstance, context: StoreContext): void {
  addOwnTokens(app, context);
  addSingleToken(app, context);
}

function addOwnTokens(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/tokens";
  app.get<{ Querystring: PageQuery }>(
    path,
    { config: OWN, schema: { querystring: TOKEN_QUERY, response: { 200: TOKEN_PAGE } } },
    async (request, reply) => {
      const page = parsePage(request.query, "pat");
      if (!page) return refuseCursor(reply);
      const { userId } = callerOf(request);
      if (userId === null) return reply.send({ tokens: [], nextCursor: null });
      const owner = { id: userId, status: "active" } as const;
      const { tokens, next } = await listTokens(context, owner, page.limit, page.after);
      return reply.send({ tokens, nextCursor: nextCursor(next) });
    },
  );
  app.post<{ Body: NewToken }>(
    path,
    { config: OWN, schema: { body: NEW_TOKEN, response: { 201: NEW_TOKEN_ANSWER } } },
    async (request, reply) => {
      const caller = callerOf(request);
      if (caller.userId === null) return sendRefusal(reply, NOT_A_USER);
      return sendNewToken(reply, await createToken(context, caller, caller.userId, request.body));
    },
  );
}

function addSingleToken(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/tokens/:id";
  app.get<{ Params: { id: string } }>(
    path,
    { config: OWN, schema: { headers: READ_HEADERS, response: { 200: TOKEN_ANSWER } } },
    async (request, reply) => {
      const token = await readToken(context, callerOf(request), request.params.id);
      return isRefusal(token) ? sendRefusal(reply, token) : sendTagged(reply, token.version, token);
    },
  );
  app.patch<{ Params: { id: string }; Body: TokenPatch }>(
    path,
    { config: OWN, schema: { headers: CHANGE_HEADERS, body: TOKEN_PATCH, response: { 200: TOKEN_ANSWER } } },
    async (request, reply) => {
      const { params, body } = request;
      const token = await updateToken(context, callerOf(request), params.id, body, ifMatchOf(request));
      return isRefusal(token) ? sendRefusal(reply, token) : sendTagged(reply, token.version, token);
    },
  );
  app.delete<{ Params: { id: string } }>(
    path,
    { config: OWN, schema: { headers: CHANGE_HEADERS } },
    async (request, reply) => {
      const { id } = request.params;
      const revoked = await revokeOwnToken(context, callerOf(request), id, ifMatchOf(request));
      return isRefusal(revoked) ? sendRefusal(reply, revoked) : reply.code(204).send();
    },
  );
}
