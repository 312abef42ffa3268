import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { listSecrets } from "../domain/stored-secret.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { PAGE_QUERY, type PageQuery, nextCursor, pageOf, parsePage, refuseCursor } from "./page-query.ts";
import { SECRET_ANSWER, closed } from "./shapes.ts";

export function addSecretListRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PageQuery }>(
    "/v1/secrets",
    {
      config: { permission: "Create secrets" },
      schema: { querystring: closed(PAGE_QUERY, []), response: { 200: pageOf("secrets", SECRET_ANSWER) } },
    },
    async (request, reply) => {
      const page = parsePage(request.query, "secret");
      if (!page) return refuseCursor(reply);
      const { secrets, next } = await listSecrets(context, callerOf(request), page);
      return reply.send({ secrets, nextCursor: nextCursor(next) });
    },
  );
}
