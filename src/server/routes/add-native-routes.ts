import type { FastifyInstance } from "fastify";
import { createBearerGate } from "../access/bearer-gate.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { addIpAllowlistRoutes } from "./ip-allowlist-routes.ts";
import { addAuditRoutes } from "./audit-routes.ts";
import { addExampleRoutes } from "./example-routes.ts";
import { addKeyCreationRoutes } from "./key-creation-routes.ts";
import { addKeyListRoute } from "./key-list-route.ts";
import { addKeyRoutes } from "./key-routes.ts";
import { addNoticeRoutes } from "./notice-routes.ts";
import { addPermissionRoute } from "./permission-route.ts";
import { addPolicyRoutes } from "./policy-routes.ts";
import { addRoleRoutes } from "./role-routes.ts";
import { addSecretRoutes } from "./secret-routes.ts";
import { addStoreRoutes } from "./store-routes.ts";
import { addTokenRoutes } from "./token-routes.ts";
import { addUserRoutes } from "./user-routes.ts";
import { addUserTokenRoutes } from "./user-token-routes.ts";
import { addVerifyRoute } from "./verify-route.ts";

/** The native API, `/v1`, behind its gate. */
export function addNativeRoutes(app: FastifyInstance, context: StoreContext): void {
  app.addHook("onRequest", createBearerGate(context));
  addStoreRoutes(app, context);
  addVerifyRoute(app, context);
  addKeyListRoute(app, context);
  addKeyCreationRoutes(app, context);
  addKeyRoutes(app, context);
  addExampleRoutes(app, context);
  addRoleRoutes(app, context);
  addPermissionRoute(app);
  addPolicyRoutes(app, context);
  addAuditRoutes(app, context);
  addNoticeRoutes(app, context);
  addSecretRoutes(app, context);
  addIpAllowlistRoutes(app, context);
  addUserRoutes(app, context);
  addUserTokenRoutes(app, context);
  addTokenRoutes(app, context);
}
