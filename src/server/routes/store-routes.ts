import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { PENDING_TTL_MS } from "../domain/key.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { MAX_PAGE_SIZE } from "./page-query.ts";
import { STORE_ANSWER } from "./shapes.ts";

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
}
