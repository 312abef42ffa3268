/** One line for each request: who asked for which route, and what came of it; never a query, body or credential. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { containsKey } from "../../core/key-format.ts";
import type { Random } from "../../core/ports.ts";
import { SILENT, type ServerLog } from "../server-log.ts";

/** As proxies and tracers write them. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The id that the caller sent in `X-Request-Id`, or one of our own. */
export function createRequestIds(
  random: Random,
): (raw: { readonly headers: Readonly<Record<string, unknown>> }) => string {
  const prefix = Buffer.from(random.bytes(6)).toString("hex");
  let number = 0;
  return ({ headers }) => {
    const sent = headers["x-request-id"];
    if (typeof sent === "string" && REQUEST_ID.test(sent) && !containsKey(sent)) return sent;
    number += 1;
    return `${prefix}-${number.toString(36)}`;
  };
}

export function addAccessLog(app: FastifyInstance, log: ServerLog): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  // Nobody reads it: Fastify then watches no answer to its end.
  if (log === SILENT) return;
  app.addHook("onResponse", (request, reply, done) => {
    const status = reply.statusCode;
    log.info({ ...fieldsOf(request, reply), status }, `${nameOf(request)} ${status}`);
    done();
  });
  app.addHook("onRequestAbort", (request, done) => {
    log.info({ ...fieldsOf(request), status: null }, `${nameOf(request)} aborted`);
    done();
  });
}

const nameOf = ({ method, routeOptions }: FastifyRequest): string =>
  `${method} ${routeOptions.url ?? "(no route)"}`;

function fieldsOf(request: FastifyRequest, reply?: FastifyReply) {
  const { id, method, routeOptions, caller, clientAddress } = request;
  return {
    requestId: id,
    method,
    // The pattern: the URL itself can hold anything.
    route: routeOptions.url ?? null,
    ...(reply && { ms: Math.round(reply.elapsedTime * 10) / 10 }),
    caller: caller?.id ?? null,
    address: clientAddress,
  };
}
