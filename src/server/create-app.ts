import { type FastifyInstance, fastify } from "fastify";
import { AllowedMethods } from "./allowed-methods.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { SECURITY_HEADERS, handleError, renderProblem, sendProblem } from "./problem.ts";
import { createRequestValidator } from "./request-validator.ts";
import { addNativeRoutes } from "./routes/add-native-routes.ts";
import { SILENT, type ServerLog } from "./server-log.ts";

const BODY_LIMIT_BYTES = 128 * 1024;
const HEADER_LIMIT_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 60_000;

/** The store's HTTP API over `context`; it neither listens nor owns the database. */
export function createApp(context: StoreContext, log: ServerLog = SILENT): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    exposeHeadRoutes: false,
    http: { maxHeaderSize: HEADER_LIMIT_BYTES, headersTimeout: REQUEST_TIMEOUT_MS },
    // An id that is too long for the router is the id of nothing.
    frameworkErrors: ({ code }, _request, reply) =>
      void sendProblem(reply, code === "FST_ERR_MAX_PARAM_LENGTH" ? "not-found" : "invalid-request"),
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(renderRawProblem(error.code));
    },
  });
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(createRequestValidator());
  app.setErrorHandler(handleError(log));
  app.decorateRequest("caller", null);
  guardRoutes(app);
  addHooks(app, log);
  void app.register(async (native) => addNativeRoutes(native, context));
  return app;
}

/** No route without a declared permission; a path with another method answers 405. */
function guardRoutes(app: FastifyInstance): void {
  const methods = new AllowedMethods();
  app.addHook("onRoute", ({ method, url, config }) => {
    if (config?.permission === undefined) throw new Error(`${String(method)} ${url} declares no permission`);
    for (const one of [method].flat()) methods.add(one, url);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    if (allowed.length === 0) return sendProblem(reply, "not-found");
    return sendProblem(reply.header("allow", allowed.join(", ")), "method-not-allowed");
  });
}

function addHooks(app: FastifyInstance, log: ServerLog): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, caller } = request;
    const fields = { method, route: routeOptions.url ?? null, caller: caller?.id ?? null };
    log.info({ ...fields, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, "request");
  });
}

/** For what Node's parser refuses before there is a request. */
function renderRawProblem(code: string): string {
  const kind = code === "HPE_HEADER_OVERFLOW" ? "headers-too-large" : "invalid-request";
  const body = renderProblem(kind);
  const status = kind === "headers-too-large" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  return [
    `HTTP/1.1 ${status}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
