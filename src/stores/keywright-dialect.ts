/** How our own key store is asked, and what its refusals mean: problem documents of RFC 9457. */

import { KeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { breach, parseJson } from "../http/answer.ts";
import type { Dialect, Exchange } from "../http/api-client.ts";
import { oneLine } from "../http/one-line.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpResponse } from "../http/transport.ts";

export const createKeywrightDialect = (credential: Secret, clock: Clock): Dialect => ({
  authorize: () => ({ authorization: `Bearer ${credential.reveal()}` }),
  refusal,
  retryAfterMs: (response) => retryAfterMs(response, clock.now()),
});

function refusal({ request, response }: Exchange): KeywrightError {
  const { status } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  const said = describeProblem(response.body);
  if (status >= 500) {
    return new KeywrightError("STORE_OUTCOME_UNKNOWN", `The store failed (${status}) at ${what}.`, {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
    });
  }
  if (status === 401) {
    return new KeywrightError("STORE_UNAUTHORIZED", "The store does not accept the credential.", {
      hint: "Check store.credential: the key may be mistyped, expired or revoked. The server's first key is in its admin-token file.",
    });
  }
  const message = `The store refused ${what} (${status}): ${said}`;
  if (status === 403) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "Give the credential's key a role that may do this.",
    });
  }
  if (status === 429) {
    return new KeywrightError("STORE_BUSY", "The store keeps refusing: too many requests.", {
      hint: "Something else uses up its limit; run again later.",
    });
  }
  if (CONFLICTS.has(status) || isIdempotencyMismatch(response))
    return new KeywrightError("STORE_CONFLICT", message);
  if (status >= 400) return new KeywrightError("STORE_REJECTED", message);
  return breach(request, status, "is none that the API gives");
}

const CONFLICTS = new Set([404, 409, 412]);

const isIdempotencyMismatch = ({ status, body }: HttpResponse): boolean =>
  status === 422 && textOf(problemOf(body)["type"]).endsWith("/idempotency-mismatch");

/** The problem's own words, in one line. */
function describeProblem(body: string): string {
  const { detail, title, errors } = problemOf(body);
  const faults = Array.isArray(errors) ? errors.map(describeFault) : [];
  const text = [textOf(detail) || textOf(title), ...faults].filter((part) => part !== "").join("; ");
  return oneLine(text) || "it gave no reason.";
}

function describeFault(fault: unknown): string {
  const { pointer, parameter, detail } = { ...(fault as Record<string, unknown> | null) };
  return `${textOf(pointer) || textOf(parameter)} ${textOf(detail)}`.trim();
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function problemOf(body: string): Record<string, unknown> {
  const value = parseJson(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
