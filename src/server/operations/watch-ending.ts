import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether the app has begun to end: it still finishes what it was asked. */
    ending: { hasBegun: boolean };
  }
}

/**
 * From its end's beginning on, connections are closed as soon as they have their answer, and at once when they have
 * never asked anything: Node takes those for busy.
 */
export function watchEnding(app: FastifyInstance): void {
  const ending = { hasBegun: false };
  const sockets = new Set<Socket>();
  app.decorate("ending", ending);
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", (done) => {
    ending.hasBegun = true;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (ending.hasBegun) reply.header("connection", "close");
    done(null, payload);
  });
}
