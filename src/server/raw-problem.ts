import { STATUS_CODES } from "node:http";
import { PROBLEMS, type ProblemKind, renderProblem } from "./problem.ts";

const KINDS = new Map<string, ProblemKind>([
  ["HPE_HEADER_OVERFLOW", "headers-too-large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "request-timeout"],
]);

/** The whole answer to what Node's parser refuses, by its error's code, before there is a request. */
export function renderRawProblem(code: string): string {
  const kind = KINDS.get(code) ?? "invalid-request";
  const [status] = PROBLEMS[kind];
  const body = renderProblem(kind);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
