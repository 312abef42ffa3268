import type { FastifyInstance } from "fastify";
import { createBearerGate } from "../access/bearer-gate.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { createMetrics } from "./metrics.ts";

/**
 * `GET /metrics`, in Prometheus' text format, for any valid key: give the scraper one whose role holds no permission.
 * Must come before the routes whose requests it counts.
 */
export function addMetrics(app: FastifyInstance, context: StoreContext): void {
  const metrics = createMetrics(context);
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions } = request;
    metrics.noteRequest(method, routeOptions.url, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  void app.register(async (scope) => {
    scope.addHook("onRequest", createBearerGate(context));
    scope.get("/metrics", { config: { permission: "any key" } }, async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.render()),
    );
  });
}
