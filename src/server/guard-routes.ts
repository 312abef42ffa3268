import type { FastifyInstance, FastifySchema } from "fastify";
import type { RoutePermission } from "./access/admit.ts";
import { AllowedMethods } from "./allowed-methods.ts";
import { sendProblem } from "./problem.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** Every route that there is, once the app is ready. */
    declaredRoutes: readonly DeclaredRoute[];
  }
}

export interface DeclaredRoute {
  readonly method: string;
  /** As the router writes it: `/v1/keys/:id`. */
  readonly url: string;
  readonly permission: RoutePermission;
  readonly schema: FastifySchema | undefined;
}

/** No route without a declared permission; a path with another method answers 405. */
export function guardRoutes(app: FastifyInstance): void {
  const methods = new AllowedMethods();
  const routes: DeclaredRoute[] = [];
  app.decorate("declaredRoutes", routes);
  app.addHook("onRoute", ({ method: given, url, config, schema }) => {
    const permission = config?.permission;
    if (permission === undefined) throw new Error(`${String(given)} ${url} declares no permission`);
    for (const method of [given].flat()) {
      methods.add(method, url);
      routes.push({ method, url, permission, schema });
    }
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    // A file of the page that is not there has a route, and lacks only itself.
    if (allowed.length === 0 || allowed.includes(request.method)) return sendProblem(reply, "not-found");
    return sendProblem(reply.header("allow", allowed.join(", ")), "method-not-allowed");
  });
}
