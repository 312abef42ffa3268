import type { FastifyInstance, FastifyRequest } from "fastify";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { type KeyExample, buildExamples, parseBaseUrl } from "./key-examples.ts";
import { closed, listOf } from "./shapes.ts";

const TEXT = { type: "string" };
const EXAMPLES = listOf(closed({ language: TEXT, title: TEXT, code: TEXT }, ["language", "title", "code"]));

export function addExampleRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Params: { id: string } }>(
    "/v1/keys/:id/examples",
    { config: { permission: "View API keys" }, schema: { response: { 200: EXAMPLES } } },
    async (request, reply) => {
      const row = await context.database
        .selectFrom("keys")
        .select(["number", "security_level"])
        .where("id", "=", request.params.id)
        .executeTakeFirst();
      if (!row) return sendRefusal(reply, { refused: "not-found", detail: "There is no such key." });
      const examples: readonly KeyExample[] = buildExamples(
        { number: row.number, securityLevel: row.security_level },
        baseUrlOf(request),
      );
      return examples;
    },
  );
}

/** As the caller has reached this server; a host that could break out of the code is left out of it. */
const baseUrlOf = ({ protocol, host }: FastifyRequest): string =>
  parseBaseUrl(`${protocol}://${host}`) ?? "http://127.0.0.1:4180";
