/** The one place where an error becomes a response: RFC 9457 `application/problem+json`. `docs/store-api.md` lists them. */

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isKeywrightError } from "../core/error.ts";
import { CallerLostError } from "./domain/caller-lost.ts";
import type { Refusal, RefusalKind } from "./domain/refusal.ts";
import { errorFields } from "./error-fields.ts";
import { type FieldFault, describeFaults } from "./field-fault.ts";
import type { ServerLog } from "./server-log.ts";

/** Status and title of each kind; its type is `https://keywright.dev/problems/<kind>`. */
export const PROBLEMS = {
  "invalid-request": [400, "The request is not valid"],
  "ambiguous-credentials": [400, "A credential belongs in one Authorization header and nowhere else"],
  unauthorized: [401, "A valid key is required"],
  forbidden: [403, "The caller may not do this"],
  "address-not-allowed": [403, "The caller's address is not on the IP allowlist"],
  "not-found": [404, "There is nothing here"],
  "method-not-allowed": [405, "This method is not available here"],
  "request-timeout": [408, "The request took too long to arrive"],
  "key-not-live": [409, "The key is expired or revoked"],
  "not-rotatable": [409, "The key cannot be rotated now"],
  "digest-taken": [409, "Another key has this digest"],
  "own-key": [409, "A caller cannot revoke its own key"],
  "last-administrator": [409, "The store would lose its last administrator"],
  "role-in-use": [409, "A live key has this role"],
  "role-reserved": [409, "Default roles cannot be changed"],
  "role-managed-elsewhere": [409, "Somebody else manages this role"],
  "tag-taken": [409, "Another secret has this tag"],
  "email-taken": [409, "Another user has this e-mail address"],
  "user-disabled": [409, "The user is disabled"],
  "would-lock-out": [409, "The list would refuse the caller's own address"],
  "precondition-failed": [412, "The precondition does not hold"],
  "too-large": [413, "The request is too large"],
  "unsupported-media-type": [415, "The body must be application/json"],
  "idempotency-mismatch": [422, "The Idempotency-Key belongs to another request"],
  "policy-violation": [422, "The security policy forbids this key"],
  "unknown-role": [422, "There is no such role"],
  "expiry-in-past": [422, "The expiry has passed"],
  "too-many-failures": [429, "Too many invalid credentials came from this address"],
  "headers-too-large": [431, "The request's headers are too large"],
  internal: [500, "The server failed"],
  unavailable: [503, "The server cannot answer now"],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>> &
  Readonly<Record<RefusalKind, readonly [number, string]>>;

export type ProblemKind = keyof typeof PROBLEMS;

interface Members {
  readonly detail?: string;
  readonly rule?: string;
  readonly errors?: readonly FieldFault[];
}

export function renderProblem(kind: ProblemKind, members: Members = {}): string {
  const [status, title] = PROBLEMS[kind];
  return JSON.stringify({ type: `https://keywright.dev/problems/${kind}`, title, status, ...members });
}

export const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export function sendProblem(reply: FastifyReply, kind: ProblemKind, members: Members = {}): FastifyReply {
  return reply
    .code(PROBLEMS[kind][0])
    .headers(SECURITY_HEADERS)
    .type("application/problem+json")
    .send(renderProblem(kind, members));
}

export const sendRefusal = (reply: FastifyReply, { refused, detail, rule }: Refusal): FastifyReply =>
  sendProblem(reply, refused, { detail, ...(rule === undefined ? {} : { rule }) });

/** Fastify's own errors by their code; what is in neither table is our bug. */
const FRAMEWORK_PROBLEMS = new Map<string, ProblemKind>([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", "unsupported-media-type"],
  ["FST_ERR_CTP_BODY_TOO_LARGE", "too-large"],
]);

/** Answers for anything thrown. A bug gives a bare 500; its story goes to the log. */
export function handleError(log: ServerLog) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error.validation) {
      return sendProblem(reply, "invalid-request", {
        errors: describeFaults(error.validation, error.validationContext),
      });
    }
    const known = FRAMEWORK_PROBLEMS.get(error.code);
    if (known) return sendProblem(reply, known);
    if (error instanceof CallerLostError) return sendLost(reply, error);
    if (isKeywrightError(error, "STORE_UNREACHABLE")) {
      log.error({ ...errorFields(error.cause ?? error), requestId: request.id }, "database unavailable");
      return sendProblem(reply.header("retry-after", "1"), "unavailable", { detail: error.message });
    }
    // The parser's own words would echo the body.
    if (isClientError(error)) return sendProblem(reply, "invalid-request", { detail: "It cannot be read." });
    const route = request.routeOptions?.url;
    log.error({ ...errorFields(error), requestId: request.id, route }, "request failed");
    return sendProblem(reply, "internal");
  };
}

/** As the gate would have answered, had it looked now. */
function sendLost(reply: FastifyReply, { lost }: CallerLostError): FastifyReply {
  const isCredential = lost === "credential";
  const error = isCredential ? "invalid_token" : "insufficient_scope";
  reply.header("www-authenticate", `Bearer realm="keywright", error="${error}"`);
  if (isCredential) return sendProblem(reply, "unauthorized");
  return sendProblem(reply, "forbidden", { detail: "The caller has lost rights since it was let in." });
}

const isClientError = (error: FastifyError): boolean =>
  error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
