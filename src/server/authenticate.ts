/** Who is calling, and may they: RFC 6750 bearer tokens, checked before a body is read. */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "./domain/caller.ts";
import type { Permission } from "./domain/permissions.ts";
import type { StoreContext } from "./domain/store-context.ts";
import { verifyKey } from "./domain/verify-key.ts";
import { sendProblem } from "./problem.ts";

/** What a route asks of its caller: one permission, any valid key, or nothing. */
export type RoutePermission = Permission | "any key" | "nobody asked";

declare module "fastify" {
  interface FastifyContextConfig {
    permission?: RoutePermission;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
const REALM = 'Bearer realm="keywright"';

/** The hook that lets a request through to its route, or answers it. */
export function createGate(context: StoreContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { permission } = request.routeOptions.config;
    if (permission === "nobody asked" || request.is404) return undefined;
    const headers = authorizationsOf(request);
    if (headers.length > 1 || hasTokenInQuery(request)) return sendProblem(reply, "ambiguous-credentials");
    const caller = await identify(context, headers[0]);
    if (!caller) return challenge(reply, headers.length === 0 ? REALM : `${REALM}, error="invalid_token"`);
    request.caller = caller;
    if (permission === "any key") return undefined;
    // A route without a declared permission is closed.
    if (permission !== undefined && caller.permissions.has(permission)) return undefined;
    reply.header("www-authenticate", `${REALM}, error="insufficient_scope"`);
    return sendProblem(reply, "forbidden", { detail: `The caller needs the permission "${permission}".` });
  };
}

/** The caller that the gate has let through. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error("the route is not behind the gate");
  return request.caller;
}

/** Why a key is not accepted is nobody's business: missing, malformed, unknown, expired and revoked look the same. */
async function identify(context: StoreContext, header: string | undefined): Promise<Caller | undefined> {
  const token = BEARER.exec(header ?? "")?.[1];
  if (token === undefined) return undefined;
  const key = await verifyKey(context, token);
  return key.valid ? { id: key.id, roles: key.roles, permissions: key.permissions } : undefined;
}

/** All of them: Node keeps only the first in `headers`. */
const authorizationsOf = ({ raw }: FastifyRequest): readonly string[] =>
  raw.rawHeaders.filter(
    (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === "authorization",
  );

const challenge = (reply: FastifyReply, value: string): FastifyReply =>
  sendProblem(reply.header("www-authenticate", value), "unauthorized");

const hasTokenInQuery = ({ query }: FastifyRequest): boolean =>
  typeof query === "object" && query !== null && Object.hasOwn(query, "access_token");
