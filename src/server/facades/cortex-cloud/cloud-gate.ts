/** The Cortex Cloud façade's gate: the tenant's rate limit and the key, before a body is read. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { admit } from "../../access/admit.ts";
import { authorizationsOf } from "../../access/bearer-gate.ts";
import type { RequestLimiter } from "../../access/request-limiter.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { sendCloudError } from "./cloud-error.ts";
import { proveNumberedKey } from "./prove-numbered-key.ts";

const TENANT = "tenant";

/**
 * The hook that lets a request through to its route, or answers it. A spent limit answers everybody before anything
 * is looked up; only requests with a good key spend it, so that strangers cannot.
 */
export function createCloudGate(context: StoreContext, limiter: RequestLimiter) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (!request.isAddressAllowed) return sendCloudError(reply, 403, "IP address not on the allowlist");
    if (request.is404) return undefined;
    const spentMs = limiter.waitMs(TENANT);
    if (spentMs !== undefined) return sendTooMany(reply, spentMs);
    let isProven = false;
    const admission = await admit(context, request, async () => {
      const proof = await proveNumberedKey(context, authorizationsOf(request), request.headers);
      isProven = proof?.valid === true;
      return proof;
    });
    const waitMs = isProven ? limiter.take(TENANT) : undefined;
    if (waitMs !== undefined) return sendTooMany(reply, waitMs);
    if ("admitted" in admission) {
      request.caller = admission.admitted;
      return undefined;
    }
    if (admission.refused === "throttled") return sendTooMany(reply, admission.retryAfterSeconds * 1000);
    if (admission.refused !== "permission") return sendCloudError(reply, 401);
    return sendCloudError(reply, 403, `The API key needs the permission "${admission.missing}".`);
  };
}

const sendTooMany = (reply: FastifyReply, waitMs: number): FastifyReply => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return sendCloudError(reply.header("retry-after", String(seconds)), 429, `Try again in ${seconds} s.`);
};
