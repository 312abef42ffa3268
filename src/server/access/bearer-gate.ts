/** The native API's gate: RFC 6750 bearer tokens, checked before a body is read. */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { StoreContext } from "../domain/store-context.ts";
import { type Verification, verifyKey } from "../domain/verify-key.ts";
import { sendProblem } from "../problem.ts";
import type { Soon } from "../soon.ts";
import { admit } from "./admit.ts";

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
const AUTHORIZATION = "authorization";
const REALM = 'Bearer realm="keywright"';

/** The hook that lets a request through to its route, or answers it. */
export function createBearerGate(context: StoreContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (request.routeOptions.config.permission === "nobody asked" || request.is404) return undefined;
    const headers = authorizationsOf(request);
    const isAmbiguous = headers.length > 1 || hasTokenInQuery(request);
    const admission = await admit(context, request, () =>
      isAmbiguous ? undefined : proveBearer(context, headers[0]),
    );
    if ("admitted" in admission) {
      request.caller = admission.admitted;
      return undefined;
    }
    if (admission.refused === "address") return sendProblem(reply, "address-not-allowed");
    if (admission.refused === "throttled") {
      reply.header("retry-after", admission.retryAfterSeconds);
      return sendProblem(reply, "too-many-failures");
    }
    if (isAmbiguous) return sendProblem(reply, "ambiguous-credentials");
    if (admission.refused === "credential") {
      return challenge(reply, headers.length === 0 ? REALM : `${REALM}, error="invalid_token"`);
    }
    reply.header("www-authenticate", `${REALM}, error="insufficient_scope"`);
    return sendProblem(reply, "forbidden", {
      detail: `The caller needs the permission "${admission.missing}".`,
    });
  };
}

/** The verification of the bearer token in an `Authorization` header; undefined when there is none. */
export function proveBearer(
  context: StoreContext,
  header: string | undefined,
): Soon<Verification | undefined> {
  const token = BEARER.exec(header ?? "")?.[1];
  return token === undefined ? undefined : verifyKey(context, token);
}

/** All of them: Node keeps only the first in `headers`. */
export function authorizationsOf({ raw: { rawHeaders } }: FastifyRequest): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) {
      found.push(rawHeaders[index + 1] as string);
    }
  }
  return found;
}

const challenge = (reply: FastifyReply, value: string): FastifyReply =>
  sendProblem(reply.header("www-authenticate", value), "unauthorized");

const hasTokenInQuery = ({ query }: FastifyRequest): boolean =>
  typeof query === "object" && query !== null && Object.hasOwn(query, "access_token");
