/** How Vault and OpenBao are asked and how they say no: `{"errors": […]}` with every status that is no success. */

import { KeywrightError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import { redactSecrets, redactWords } from "../../core/redact.ts";
import { Secret } from "../../core/secret.ts";
import { parseJson } from "../../http/answer.ts";
import type { Dialect, Exchange } from "../../http/api-client.ts";
import { oneLine } from "../../http/one-line.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { HttpResponse } from "../../http/transport.ts";

export interface VaultDialectOptions {
  readonly namespace?: string | undefined;
  /** Absent for a login. */
  readonly token?: () => Secret;
  readonly clock: Clock;
}

export const createVaultDialect = ({ namespace, token, clock }: VaultDialectOptions): Dialect => ({
  authorize: () => ({
    "x-vault-request": "true",
    ...(namespace !== undefined && { "x-vault-namespace": namespace }),
    ...(token && { "x-vault-token": token().reveal() }),
  }),
  refusal: refusalOf,
  retryAfterMs: (response) => retryAfterMs(response, clock.now()),
  isLasting: isSealed,
});

/** What an answer that is no success means. */
export function refusalOf(exchange: Exchange): KeywrightError {
  const { request, response } = exchange;
  const { status } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  if (isSealed(response)) {
    return new KeywrightError("STORE_REJECTED", `Vault is sealed (503), so ${what} was not carried out.`, {
      hint: "Unseal it, or write the address of a server that is unsealed; then run again.",
    });
  }
  if (status >= 500) {
    return new KeywrightError("STORE_OUTCOME_UNKNOWN", `Vault failed (${status}) at ${what}.`, {
      hint: "Look into the log of the Vault server; then run again.",
    });
  }
  const said = saidBy(exchange);
  const message = `Vault refused ${what} (${status})${said === "" ? "." : `: ${said}`}`;
  if (status === 403) return new KeywrightError("STORE_FORBIDDEN", message);
  const hint = HINTS.find(([hinted, words]) => hinted === status && words.test(said))?.[2];
  const code = status === 429 ? "STORE_BUSY" : "STORE_REJECTED";
  return new KeywrightError(code, message, hint === undefined ? {} : { hint });
}

const HINTS: readonly (readonly [number, RegExp, string])[] = [
  [404, /no handler for route/, "Check the mount in the configuration of the sink, and its namespace."],
  [400, /upgrading from non-versioned/i, "The secrets engine is being upgraded: run again in a minute."],
  [413, /^/, "The whole secret is too large for the storage of the Vault server: use a path of its own."],
  [429, /^/, "A rate limit quota of the Vault server is used up: run again later."],
];

/** Certainly nothing was done, and nothing will be until somebody unseals it. */
const isSealed = ({ status, body }: HttpResponse): boolean =>
  status === 503 && errorsIn(body).some((text) => /\bsealed\b/i.test(text));

/** Whether a write was refused because the secret is not at the version any more that it was read at. */
export const isLostRace = ({ status, body }: HttpResponse): boolean =>
  status === 400 && errorsIn(body).some((text) => text.includes("check-and-set parameter did not match"));

/** The texts of `errors`; none where the answer is something else. */
function errorsIn(body: string): readonly string[] {
  const value = parseJson(body);
  const errors = typeof value === "object" && value !== null && "errors" in value ? value.errors : undefined;
  return Array.isArray(errors) ? errors.filter((text) => typeof text === "string") : [];
}

const LONGEST_SAID = 4_000;
const LOGIN = /\/login$/;

/**
 * A server, or what is before it, may say back what it was sent, and what it holds. So only phrases that are known are repeated; of a
 * login, whose reasons help and whose secrets are all known, everything else.
 */
function saidBy({ request, response }: Exchange): string {
  const said = errorsIn(response.body).join("; ").slice(0, LONGEST_SAID);
  if (!LOGIN.test(request.path)) return PHRASES.filter((phrase) => said.includes(phrase)).join("; ");
  const known = textsIn(secretPart(request.body)).filter(isLong);
  const redacted = redactSecrets(
    said,
    known.map((text) => Secret.of(text)),
  );
  return redactWords(oneLine(redacted).replaceAll(/\s+/g, " "));
}

const PHRASES = [
  "permission denied",
  "invalid token",
  "preflight capability check returned 403",
  "no handler for route",
  "unsupported operation",
  "unsupported path",
  "Upgrading from non-versioned to versioned data",
  "check-and-set parameter required for this call",
  "request body too large",
  "value being too large",
  "quota exceeded",
  "namespace not authorized",
];

/** What is shorter is no secret, and stands in many a word. */
const isLong = (text: string): boolean => text.length >= 4;

/** The name of a role helps whoever reads the message. */
function secretPart(body = ""): unknown {
  const { role: _role, ...rest } = { ...(parseJson(body) as object | undefined) } as Record<string, unknown>;
  return rest;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
