import type { FastifyInstance } from "fastify";
import { createBearerGate } from "../access/bearer-gate.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { addKeyListRoute } from "./key-list-route.ts";
import { addKeyRoutes } from "./key-routes.ts";
import { addPolicyRoutes } from "./policy-routes.ts";
import { addRoleRoutes } from "./role-routes.ts";
import { addStoreRoutes } from "./store-routes.ts";

/** The native API, `/v1`, behind its gate. */
export function addNativeRoutes(app: FastifyInstance, context: StoreContext): void {
  app.addHook("onRequest", createBearerGate(context));
  addStoreRoutes(app, context);
  addKeyListRoute(app, context);
  addKeyRoutes(app, context);
  addRoleRoutes(app, context);
  addPolicyRoutes(app, context);
}
