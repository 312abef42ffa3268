/** How Cortex is asked and how it says no (Cortex API v1: plain JSON errors; only 429 is a problem document). */

import { type ErrorCode, KeywrightError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { breach, parseJson } from "../../http/answer.ts";
import type { Dialect, Exchange } from "../../http/api-client.ts";
import type { StoreResponse } from "../../http/transport.ts";

export const createCortexDialect = (credential: Secret, clock: Clock): Dialect => ({
  authorize: () => ({ authorization: `Bearer ${credential.reveal()}` }),
  refusal,
  retryAfterMs: (response) => retryAfterMs(response, clock.now()),
});

/** The header, in whole seconds or as a date (RFC 9110, section 10.2.3), else the body's `retryAfter` in seconds. */
function retryAfterMs({ headers, body }: StoreResponse, now: Date): number | undefined {
  return waitMs(headers["retry-after"], now) ?? waitMs(fieldsOf(body)["retryAfter"], now);
}

function waitMs(value: unknown, now: Date): number | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = text.endsWith(" GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

function refusal(exchange: Exchange): KeywrightError {
  const { request, response } = exchange;
  const { status } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  if (status >= 500) {
    return new KeywrightError("STORE_OUTCOME_UNKNOWN", `Cortex failed (${status}) at ${what}.`, {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
    });
  }
  const said = saidIn(response.body);
  const message = `Cortex refused ${what} (${status}): ${said}`;
  if (status === 403) return forbidden(message, said);
  if (status === 404) return new KeywrightError("STORE_CONFLICT", message);
  const known = REFUSALS.get(status);
  if (known) return new KeywrightError(known.code, known.message, { hint: known.hint });
  if (status >= 400) return new KeywrightError("STORE_REJECTED", message);
  return breach(request, status, "is none that the API gives");
}

interface KnownRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const REFUSALS: ReadonlyMap<number, KnownRefusal> = new Map<number, KnownRefusal>([
  [
    401,
    {
      code: "STORE_UNAUTHORIZED",
      message: "Cortex does not accept the credential.",
      hint: "Check store.credential: the API key may be mistyped, expired or revoked.",
    },
  ],
  [
    429,
    {
      code: "STORE_BUSY",
      message: "Cortex keeps refusing: too many requests.",
      hint: "Something else uses up the limit of 1000 requests a minute; run again later.",
    },
  ],
]);

/** One status for three things that are mended in three ways. */
function forbidden(message: string, said: string): KeywrightError {
  if (/allow.?list|ip address/i.test(said)) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "This machine's address is not on the IP allowlist of the workspace: add it there, or run from one that is.",
    });
  }
  return new KeywrightError("STORE_FORBIDDEN", message, {
    hint: "Every operation needs the permission `Edit API keys`, and nobody can make a key with more rights than their own: give the credential's key the roles that it is to hand out.",
  });
}

const LONGEST_TEXT = 500;

/** The message of the body, which may be empty or no JSON, in one line. */
function saidIn(body: string): string {
  const { message, details, detail, title } = fieldsOf(body);
  const parts = [message ?? title, details ?? detail].filter(
    (part) => typeof part === "string" && part !== "",
  );
  const text = parts.length > 0 ? parts.join("; ") : body.startsWith("<") ? "" : body;
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, " ")
    .slice(0, LONGEST_TEXT)
    .trim();
  return line === "" ? "it gave no reason." : line;
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  const value = parseJson(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
