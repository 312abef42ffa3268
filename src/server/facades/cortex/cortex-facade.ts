import type { FastifyInstance } from "fastify";
import { RequestLimiter } from "../../access/request-limiter.ts";
import { AllowedMethods } from "../../allowed-methods.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import type { ServerLog } from "../../server-log.ts";
import { addCortexAllowlistRoutes } from "./allowlist-routes.ts";
import { addCortexAuditRoute } from "./audit-route.ts";
import { handleCortexError, sendCortexError } from "./cortex-error.ts";
import { createCortexGate } from "./cortex-gate.ts";
import { addCortexKeyRoutes } from "./key-routes.ts";
import { addCortexNotificationRoute } from "./notification-route.ts";
import { addCortexSecretRoutes } from "./secret-routes.ts";
import { addCortexUserRoleRoute } from "./user-role-route.ts";

export const CORTEX_PREFIX = "/api/v1";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const REQUESTS_PER_MINUTE = 1000;
const MINUTE_MS = 60_000;

export interface CortexOptions {
  /** Of one client, in one process. Default: 1000, as in the real service. */
  readonly requestsPerMinute?: number;
}

/** The key management of the Cortex API over the store's domain: a plugin under `CORTEX_PREFIX`. */
export function addCortexFacade(
  app: FastifyInstance,
  context: StoreContext,
  log: ServerLog,
  { requestsPerMinute = REQUESTS_PER_MINUTE }: CortexOptions = {},
): void {
  acceptEmptyJson(app);
  app.setErrorHandler(handleCortexError(log));
  answerUnknownPaths(app);
  const limit = { requests: requestsPerMinute, windowMs: MINUTE_MS };
  app.addHook("onRequest", createCortexGate(context, new RequestLimiter(limit, context.clock)));
  addCortexKeyRoutes(app, context);
  addCortexSecretRoutes(app, context);
  addCortexAllowlistRoutes(app, context);
  addCortexAuditRoute(app, context);
  addCortexNotificationRoute(app, context);
  addCortexUserRoleRoute(app, context);
}

/** Real clients name a JSON body in requests that have none. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: BODY_LIMIT_BYTES },
    (request, body: string, done) => (body === "" ? done(null) : parse(request, body, done)),
  );
}

function answerUnknownPaths(app: FastifyInstance): void {
  const methods = new AllowedMethods();
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) methods.add(one, url);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    if (allowed.length === 0) return sendCortexError(reply, "NOT_FOUND", "There is no such resource");
    reply.header("allow", allowed.join(", "));
    return sendCortexError(reply, "METHOD_NOT_ALLOWED", "This method is not available here");
  });
}
