/** The Cortex façade's gate: bearer token, permission and rate limit, all before a body is read. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { type Admission, admit } from "../../access/admit.ts";
import { authorizationsOf, proveBearer } from "../../access/bearer-gate.ts";
import { clientNetwork } from "../../access/client-network.ts";
import type { RequestLimiter } from "../../access/request-limiter.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import type { Verification } from "../../domain/verify-key.ts";
import { sendCortexError, sendTooManyRequests } from "./cortex-error.ts";

/** The hook that lets a request through to its route, or answers it. */
export function createCortexGate(context: StoreContext, limiter: RequestLimiter) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (request.is404) return request.isAddressAllowed ? undefined : sendAddressRefusal(reply);
    const headers = authorizationsOf(request);
    const isAmbiguous = headers.length > 1;
    let verified: Verification | undefined;
    const admission = await admit(context, request, async () => {
      verified = isAmbiguous ? undefined : await proveBearer(context, headers[0]);
      return verified;
    });
    const waitMs = limiter.take(clientOf(request, verified));
    if (waitMs !== undefined) return sendTooManyRequests(reply, waitMs);
    if (isAmbiguous && "refused" in admission && admission.refused === "credential") {
      return sendCortexError(reply, "BAD_REQUEST", "There must be one Authorization header");
    }
    if ("refused" in admission) return sendAdmissionRefusal(reply, admission);
    request.caller = admission.admitted;
    return undefined;
  };
}

/** The credential; as long as it is not known, the address. */
function clientOf({ clientAddress }: FastifyRequest, verified: Verification | undefined): string {
  if (verified?.valid) return verified.credential.id;
  return clientAddress === null ? "in process" : clientNetwork(clientAddress);
}

type Refused = Extract<Admission, { readonly refused: string }>;

function sendAdmissionRefusal(reply: FastifyReply, admission: Refused): FastifyReply {
  switch (admission.refused) {
    case "address":
      return sendAddressRefusal(reply);
    case "throttled":
      return sendTooManyRequests(reply, admission.retryAfterSeconds * 1000);
    case "credential":
      reply.header("www-authenticate", "Bearer");
      return sendCortexError(reply, "UNAUTHORIZED", "A valid API key is required");
    case "permission":
      return sendCortexError(reply, "FORBIDDEN", `The API key needs the permission "${admission.missing}"`);
  }
}

const sendAddressRefusal = (reply: FastifyReply): FastifyReply =>
  sendCortexError(reply, "FORBIDDEN", "IP address not on the allowlist");
