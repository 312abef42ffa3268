/**
 * How the Cortex façade says no: plain JSON for everything but 429, which alone is `application/problem+json`. The
 * real service declares no 409: what is a conflict in the native API is a 400 here.
 */

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isKeywrightError } from "../../../core/error.ts";
import { errorFields } from "../../error-fields.ts";
import { CallerLostError } from "../../domain/caller-lost.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { type FieldFault, describeFaults } from "../../field-fault.ts";
import { SECURITY_HEADERS } from "../../problem.ts";
import type { ServerLog } from "../../server-log.ts";

const STATUS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

type CortexErrorType = keyof typeof STATUS;

/** `details` is a text, as in the real service. */
export function sendCortexError(
  reply: FastifyReply,
  type: CortexErrorType,
  message: string,
  details?: string,
): FastifyReply {
  const httpStatus = STATUS[type];
  const body = { message, type, ...(details && { details }), requestId: reply.request.id, httpStatus };
  return reply
    .code(httpStatus)
    .headers(SECURITY_HEADERS)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(body));
}

export function sendTooManyRequests(reply: FastifyReply, waitMs: number): FastifyReply {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  const detail = `Too many requests in a short time; try again in ${retryAfter} s.`;
  return reply
    .code(429)
    .headers(SECURITY_HEADERS)
    .header("retry-after", String(retryAfter))
    .type("application/problem+json")
    .send(
      JSON.stringify({ type: "about:blank", title: "Too Many Requests", status: 429, detail, retryAfter }),
    );
}

export function sendCortexRefusal(reply: FastifyReply, { refused, detail }: Refusal): FastifyReply {
  // The domain's name of the field is not this façade's.
  const message = detail.replaceAll("expiresAt", "expirationDate");
  if (refused === "not-found") return sendCortexError(reply, "NOT_FOUND", message);
  return sendCortexError(reply, refused === "forbidden" ? "FORBIDDEN" : "BAD_REQUEST", message);
}

/** For what the router refuses before there is a route. An id that is too long for it is the id of nothing. */
export const sendUnroutable = (reply: FastifyReply, code: string): FastifyReply =>
  code === "FST_ERR_MAX_PARAM_LENGTH"
    ? sendCortexError(reply, "NOT_FOUND", "There is no such resource")
    : sendCortexError(reply, "BAD_REQUEST", "The request cannot be read");

const FRAMEWORK_ERRORS = new Map<string, readonly [CortexErrorType, string]>([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", ["UNSUPPORTED_MEDIA_TYPE", "The body must be application/json"]],
  ["FST_ERR_CTP_BODY_TOO_LARGE", ["PAYLOAD_TOO_LARGE", "The body is larger than 2 MB"]],
]);

/** Answers for anything thrown. A bug gives a bare 500; its story goes to the log. */
export function handleCortexError(log: ServerLog) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error.validation) {
      // Which branch of a schema was taken says nothing to people.
      const told = error.validation.filter(({ keyword }) => keyword !== "if");
      const faults = describeFaults(told, error.validationContext);
      return sendCortexError(reply, "BAD_REQUEST", "The request is not valid", renderFaults(faults));
    }
    const known = FRAMEWORK_ERRORS.get(error.code);
    if (known) return sendCortexError(reply, ...known);
    if (error instanceof CallerLostError) {
      return error.lost === "credential"
        ? sendCortexError(reply, "UNAUTHORIZED", "A valid API key is required")
        : sendCortexError(reply, "FORBIDDEN", "The caller has lost rights since it was let in");
    }
    if (isKeywrightError(error, "STORE_UNREACHABLE")) {
      reply.header("retry-after", "1");
      return sendCortexError(reply, "SERVICE_UNAVAILABLE", "The server cannot answer now");
    }
    // The parser's own words would echo the body.
    if (isClientError(error)) return sendCortexError(reply, "BAD_REQUEST", "The request cannot be read");
    const route = request.routeOptions?.url;
    log.error({ ...errorFields(error), requestId: request.id, route }, "request failed");
    return sendCortexError(reply, "INTERNAL_SERVER_ERROR", "The server failed");
  };
}

const MOST_DETAILS = 2000;

/** What a pattern means. */
const EXPECTED: ReadonlyMap<string, string> = new Map([
  ["pageSize", "must be 1 to 1000"],
  ["page", "must be the number of a page, from 0"],
]);

const renderFaults = (faults: readonly FieldFault[]): string =>
  faults
    .map(({ pointer, parameter, detail }) => {
      const place = parameter ?? pointer?.replace(/^#\/?/, "").replaceAll("/", ".");
      if (!place) return `the body ${detail}`;
      return `${place} ${detail.startsWith("must match pattern") ? (EXPECTED.get(place) ?? detail) : detail}`;
    })
    .join("; ")
    // Names of unknown fields may be of any length.
    .slice(0, MOST_DETAILS);

const isClientError = (error: FastifyError): boolean =>
  error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
