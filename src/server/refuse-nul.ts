import type { FastifyInstance } from "fastify";

/** An error of the client's that every API words in its own way. */
const unreadable = (): Error =>
  Object.assign(new Error("the URL holds U+0000"), { statusCode: 400, code: "KEYWRIGHT_NUL" });

/** U+0000 stands in no text of a store, and PostgreSQL takes it in no question either: such a URL cannot be read. */
export function refuseNul(app: FastifyInstance): void {
  app.addHook("onRequest", ({ raw }, _reply, done) => {
    done(raw.url?.includes("%00") === true ? unreadable() : undefined);
  });
}
