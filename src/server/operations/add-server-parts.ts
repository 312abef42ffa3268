import type { FastifyInstance } from "fastify";
import type { StoreContext } from "../domain/store-context.ts";
import { addApiDescription } from "../openapi/add-api-description.ts";
import { addMetrics } from "./metrics-route.ts";

/** What only a server has, for `createApp` to begin with: the embedded store must not pay for loading it. */
export function addServerParts(app: FastifyInstance, context: StoreContext): void {
  addMetrics(app, context);
  addApiDescription(app);
}
