import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { listSecrets } from "../domain/stored-secret.ts";
import { sendProblem } from "../problem.ts";
import { parseCursor, renderCursor } from "./page-cursor.ts";
import { SECRET_ANSWER, closed, listOf } from "./shapes.ts";

const DEFAULT_PAGE_SIZE = 100;

const QUERY = closed(
  {
    limit: { type: "string", pattern: "^([1-9]\\d{0,2}|1000)$" },
    cursor: { type: "string", maxLength: 100 },
  },
  [],
);

const PAGE = closed({ secrets: listOf(SECRET_ANSWER), nextCursor: { type: ["string", "null"] } }, [
  "secrets",
  "nextCursor",
]);

export function addSecretListRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: { readonly limit?: string; readonly cursor?: string } }>(
    "/v1/secrets",
    { config: { permission: "Create secrets" }, schema: { querystring: QUERY, response: { 200: PAGE } } },
    async (request, reply) => {
      const { cursor, limit = DEFAULT_PAGE_SIZE } = request.query;
      const after = cursor === undefined ? undefined : parseCursor(cursor, "secret");
      if (cursor !== undefined && after === undefined) {
        return sendProblem(reply, "invalid-request", {
          errors: [{ parameter: "cursor", detail: "must be the nextCursor of an earlier answer" }],
        });
      }
      const page = { limit: Number(limit), after };
      const { secrets, next } = await listSecrets(context, callerOf(request), page);
      return reply.send({ secrets, nextCursor: next === undefined ? null : renderCursor(next) });
    },
  );
}
