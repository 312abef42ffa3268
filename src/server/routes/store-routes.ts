import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { PENDING_TTL_MS } from "../domain/key.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { verifyKey } from "../domain/verify-key.ts";
import { MAX_PAGE_SIZE } from "./key-list-route.ts";
import { STORE_ANSWER, VALIDITY_ANSWER, closed } from "./shapes.ts";

const API_VERSION = "1";

export function addStoreRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/store",
    { config: { permission: "any key" }, schema: { response: { 200: STORE_ANSWER } } },
    (request) => {
      const { id, roles } = callerOf(request);
      return {
        id: context.storeId,
        version: API_VERSION,
        keyFormat: context.keyFormat,
        pendingTtlSeconds: PENDING_TTL_MS / 1000,
        maxPageSize: MAX_PAGE_SIZE,
        time: context.clock.now().toISOString(),
        caller: { id, roles },
      };
    },
  );
  addVerification(app, context);
  addHealth(app, context);
}

function addVerification(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: { key: string } }>(
    "/v1/verify",
    {
      config: { permission: "Verify API keys" },
      schema: {
        body: closed({ key: { type: "string", minLength: 1, maxLength: 512 } }, ["key"]),
        response: { 200: VALIDITY_ANSWER },
      },
    },
    async ({ body }) => {
      const verified = await verifyKey(context, body.key);
      if (!verified.valid) return { valid: false, reason: verified.reason };
      const { id, name, roles, permissions, expiresAt } = verified.credential;
      return { valid: true, id, name, roles, permissions: [...permissions].sort(), expiresAt };
    },
  );
}

function addHealth(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/healthz",
    {
      config: { permission: "nobody asked" },
      schema: { response: { 200: closed({ status: { type: "string" } }, ["status"]) } },
    },
    async () => {
      await context.database.selectFrom("store").select("id").execute();
      return { status: "ok" };
    },
  );
}
