/**
 * How the Cortex Cloud façade says no. The vendor has three envelopes: `reply` under `/public_api`, `data` under
 * `/platform/iam`, and `data.reply` for its 403. What is decided before the route is known (401, 429) is `reply`
 * everywhere. Where the vendor answers 500 in plain text, to a wrong path or body, this is a 4xx in the envelope.
 */

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isKeywrightError } from "../../../core/error.ts";
import { errorFields } from "../../error-fields.ts";
import { CallerLostError } from "../../domain/caller-lost.ts";
import type { Refusal, RefusalKind } from "../../domain/refusal.ts";
import { type FieldFault, describeFaults } from "../../field-fault.ts";
import { SECURITY_HEADERS } from "../../problem.ts";
import type { ServerLog } from "../../server-log.ts";

export const PUBLIC_PREFIX = "/public_api";
export const IAM_PREFIX = "/platform/iam";

const MESSAGES = {
  400: "The request contains invalid or missing parameters.",
  401: "Public API request unauthorized",
  403: "Insufficient permissions for api key",
  404: "There is no such endpoint",
  405: "This method is not available here",
  413: "The request is too large",
  415: "The body must be application/json",
  429: "Too many requests",
  500: "The server failed",
  503: "The server cannot answer now",
} as const;

export type CloudStatus = keyof typeof MESSAGES;

/** The vendor's clients read a text, a list of faults, or null. */
type Extra = string | readonly Fault[] | null;

interface Fault {
  readonly type: string;
  readonly loc: readonly string[];
  readonly msg: string;
}

/** Whether a request that no route has taken is this façade's to answer. */
export const isCloudUrl = (url: string): boolean =>
  [PUBLIC_PREFIX, IAM_PREFIX].some((prefix) => url.startsWith(`${prefix}/`));

export function sendCloudError(reply: FastifyReply, status: CloudStatus, extra: Extra = null): FastifyReply {
  return reply
    .code(status)
    .headers(SECURITY_HEADERS)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(buildEnvelope(reply.request.url, status, extra)));
}

function buildEnvelope(url: string, status: CloudStatus, extra: Extra): object {
  const message = MESSAGES[status];
  const reply = { err_code: status, err_msg: message, err_extra: extra };
  if (!url.startsWith(`${IAM_PREFIX}/`) || status === 401 || status === 429) return { reply };
  if (status === 403) return { data: { reply } };
  return { data: { err_msg: message, metadata: { err_code: status, err_extra: extra } } };
}

const FORBIDDEN: ReadonlySet<RefusalKind> = new Set(["forbidden", "own-key", "last-administrator"]);

/** The vendor knows no 404, 409 and 422 here. */
export const sendCloudRefusal = (reply: FastifyReply, { refused, detail }: Refusal): FastifyReply =>
  sendCloudError(reply, FORBIDDEN.has(refused) ? 403 : 400, detail);

const FRAMEWORK_ERRORS = new Map<string, CloudStatus>([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", 415],
  ["FST_ERR_CTP_BODY_TOO_LARGE", 413],
]);

/** Answers for anything thrown. A bug gives a bare 500; its story goes to the log. */
export function handleCloudError(log: ServerLog) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error.validation) {
      const faults = describeFaults(error.validation, error.validationContext);
      return sendCloudError(reply, 400, faults.map(buildFault));
    }
    const known = FRAMEWORK_ERRORS.get(error.code);
    if (known) return sendCloudError(reply, known);
    if (error instanceof CallerLostError) {
      return error.lost === "credential" ? sendCloudError(reply, 401) : sendCloudError(reply, 403);
    }
    if (isKeywrightError(error, "STORE_UNREACHABLE")) {
      return sendCloudError(reply.header("retry-after", "1"), 503);
    }
    // The parser's own words would echo the body.
    if (isClientError(error)) return sendCloudError(reply, 400, "It cannot be read.");
    const route = request.routeOptions?.url;
    log.error({ ...errorFields(error), requestId: request.id, route }, "request failed");
    return sendCloudError(reply, 500);
  };
}

function buildFault({ pointer, parameter, detail }: FieldFault): Fault {
  const loc = parameter === undefined ? ["body", ...pathOf(pointer)] : [parameter];
  return { type: "value_error", loc, msg: detail };
}

const pathOf = (pointer = "#"): readonly string[] => pointer.split("/").slice(1);

const isClientError = (error: FastifyError): boolean =>
  error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
