/** Probes: whether the process is alive, and whether requests should come to it. They tell nothing about the store. */

import type { FastifyInstance } from "fastify";
import type { StoreContext } from "../domain/store-context.ts";
import { sendProblem } from "../problem.ts";
import { closed } from "../routes/shapes.ts";
import { findUnreadiness } from "./readiness.ts";

const PROBE = {
  config: { permission: "nobody asked", fromAnywhere: true },
  schema: { response: { 200: closed({ status: { type: "string" } }, ["status"]) } },
} as const;

export function addHealthRoutes(app: FastifyInstance, context: StoreContext): void {
  const { ending } = app;
  app.get("/healthz", PROBE, async () => ({ status: "ok" }));
  // Many probes at once ask the database once.
  let underWay: Promise<string | undefined> | undefined;
  app.get("/readyz", PROBE, async (_request, reply) => {
    if (ending.hasBegun) return sendProblem(reply, "unavailable", { detail: "The server is ending." });
    underWay ??= findUnreadiness(context).finally(() => {
      underWay = undefined;
    });
    const detail = await underWay;
    return detail === undefined ? { status: "ready" } : sendProblem(reply, "unavailable", { detail });
  });
}
