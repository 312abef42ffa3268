import type { FastifyInstance } from "fastify";

const GRACE_MS = 10_000;

/**
 * Takes no new connection, answers what was asked, and closes; what takes longer than `graceMs` is cut off. What the
 * app has gathered is written before it resolves.
 */
export async function closeGracefully(app: FastifyInstance, graceMs = GRACE_MS): Promise<void> {
  const limit = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(limit);
  }
}
