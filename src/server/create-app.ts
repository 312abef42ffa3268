import { type FastifyInstance, fastify } from "fastify";
import { Attempts } from "./access/attempts.ts";
import { addAddressCheck } from "./access/client-address.ts";
import type { RequestLimit } from "./access/request-limiter.ts";
import { type TrustProxy, trustNobody } from "./access/trusted-proxies.ts";
import { limitRequests } from "./request-size.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { sendUnroutable } from "./facades/cortex/cortex-error.ts";
import { CORTEX_PREFIX, type CortexOptions, addCortexFacade } from "./facades/cortex/cortex-facade.ts";
import { addCortexCloud } from "./facades/cortex-cloud/add-cortex-cloud.ts";
import { isCloudUrl, sendCloudError } from "./facades/cortex-cloud/cloud-error.ts";
import { guardRoutes } from "./guard-routes.ts";
import { addAccessLog, createRequestIds } from "./operations/access-log.ts";
import { addHealthRoutes } from "./operations/health-routes.ts";
import { watchEnding } from "./operations/watch-ending.ts";
import { writeAttempts } from "./operations/write-attempts.ts";
import { SECURITY_HEADERS, handleError, sendProblem } from "./problem.ts";
import { renderRawProblem } from "./raw-problem.ts";
import { refuseNul } from "./refuse-nul.ts";
import { createRequestValidator } from "./request-validator.ts";
import { addNativeRoutes } from "./routes/add-native-routes.ts";
import { SILENT, type ServerLog } from "./server-log.ts";

const BODY_LIMIT_BYTES = 128 * 1024;
const HEADER_LIMIT_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
/** How late a request that takes too long may be noticed. */
const TIMEOUT_CHECK_MS = 2_000;
const IDLE_TIMEOUT_MS = 60_000;

export interface AppOptions {
  /** Nobody but this process calls it: the IP allowlist does not hold. */
  readonly inProcess?: boolean;
  /** Which proxies' `X-Forwarded-For` is believed; default: nobody's. */
  readonly trustProxy?: TrustProxy;
  readonly cortex?: CortexOptions;
  /** Of the Cortex Cloud façade, for all its callers together; default: the vendor's 10 requests a second. */
  readonly cortexCloudLimit?: RequestLimit;
  /** Adds what only a server has, before the routes of the store. */
  readonly extend?: (app: FastifyInstance, context: StoreContext) => void;
}

/** The store's HTTP API over `context`; it neither listens nor owns the database. */
export function createApp(
  context: StoreContext,
  log: ServerLog = SILENT,
  { inProcess = false, trustProxy = trustNobody, cortex, cortexCloudLimit, extend }: AppOptions = {},
): FastifyInstance {
  const app = createBareApp(context, trustProxy);
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(createRequestValidator());
  app.setErrorHandler(handleError(log));
  app.decorateRequest("caller", null);
  app.decorate("attempts", new Attempts(context));
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
  refreshFirst(app, context);
  refuseNul(app);
  addAddressCheck(app, context, inProcess);
  addAccessLog(app, log);
  limitRequests(app);
  watchEnding(app);
  writeAttempts(app, context, log);
  extend?.(app, context);
  guardRoutes(app);
  void app.register(async (probes) => addHealthRoutes(probes, context));
  void app.register(async (native) => addNativeRoutes(native, context));
  void app.register(async (facade) => addCortexFacade(facade, context, log, cortex), {
    prefix: CORTEX_PREFIX,
  });
  void app.register(async (facade) => addCortexCloud(facade, context, log, cortexCloudLimit));
  return app;
}

/** What follows looks at credentials and rules in memory: requests that arrive at once ask once whether they hold. */
function refreshFirst(app: FastifyInstance, { watcher }: StoreContext): void {
  app.addHook("onRequest", async ({ routeOptions }) => {
    const { permission } = routeOptions.config;
    if (permission !== undefined && permission !== "nobody asked") await watcher.refreshTogether();
  });
}

function createBareApp(context: StoreContext, trustProxy: TrustProxy): FastifyInstance {
  return fastify({
    trustProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: createRequestIds(context.random),
    http: {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    // An id that is too long for the router is the id of nothing.
    frameworkErrors: ({ code }, { url }, reply) => {
      if (url.startsWith(`${CORTEX_PREFIX}/`)) return void sendUnroutable(reply, code);
      if (isCloudUrl(url)) return void sendCloudError(reply, 400, "It cannot be read.");
      sendProblem(reply, code === "FST_ERR_MAX_PARAM_LENGTH" ? "not-found" : "invalid-request");
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(renderRawProblem(error.code));
    },
  });
}
