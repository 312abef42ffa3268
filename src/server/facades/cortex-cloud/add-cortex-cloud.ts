import type { FastifyInstance } from "fastify";
import { type RequestLimit, RequestLimiter } from "../../access/request-limiter.ts";
import { AllowedMethods } from "../../allowed-methods.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import type { ServerLog } from "../../server-log.ts";
import { addAssetGroupRoutes } from "./asset-group-routes.ts";
import { addAuditRoutes } from "./audit-routes.ts";
import { IAM_PREFIX, PUBLIC_PREFIX, handleCloudError, sendCloudError } from "./cloud-error.ts";
import { createCloudGate } from "./cloud-gate.ts";
import { addIamKeyRoutes } from "./iam-key-routes.ts";
import { addKeyRoutes } from "./key-routes.ts";
import { addRoleRoutes } from "./role-routes.ts";
import { addScopeRoutes } from "./scope-routes.ts";

/** The vendor's limit for a tenant, all endpoints together. Each process counts for itself. */
export const TENANT_LIMIT: RequestLimit = { requests: 10, windowMs: 1000 };

/** The Cortex Cloud façade, `/public_api/v1` and `/platform/iam/v1`, behind its gate. */
export function addCortexCloud(
  app: FastifyInstance,
  context: StoreContext,
  log: ServerLog,
  limit: RequestLimit = TENANT_LIMIT,
): void {
  app.addHook("onRequest", createCloudGate(context, new RequestLimiter(limit, context.clock)));
  app.setErrorHandler(handleCloudError(log));
  acceptEmptyBodies(app);
  acceptTrailingSlashes(app);
  const methods = rememberMethods(app);
  const parts = [
    [PUBLIC_PREFIX, [addKeyRoutes, addAssetGroupRoutes, addAuditRoutes]],
    [IAM_PREFIX, [addIamKeyRoutes, addRoleRoutes, addScopeRoutes]],
  ] as const;
  for (const [prefix, additions] of parts) {
    void app.register(
      async (part) => {
        answerOthers(part, methods);
        for (const add of additions) add(part, context);
      },
      { prefix },
    );
  }
}

/** Some clients announce JSON and send nothing, with a DELETE for example. A route that needs a body misses it. */
function acceptEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null);
    else void parse(request, String(body), done);
  });
}

/** The vendor's own samples end their paths with a slash. */
function acceptTrailingSlashes(app: FastifyInstance): void {
  app.addHook("onRoute", function addTwin({ routePath, method, config, schema, handler }) {
    if (routePath.endsWith("/")) return;
    this.route({
      url: `${routePath}/`,
      method,
      handler,
      ...(config && { config }),
      ...(schema && { schema }),
    });
  });
}

function rememberMethods(app: FastifyInstance): AllowedMethods {
  const methods = new AllowedMethods();
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) methods.add(one, url);
  });
  return methods;
}

/** A path with another method answers 405, any other path 404. */
function answerOthers(app: FastifyInstance, methods: AllowedMethods): void {
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    if (allowed.length === 0) return sendCloudError(reply, 404);
    return sendCloudError(reply.header("allow", allowed.join(", ")), 405);
  });
}
