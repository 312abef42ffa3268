/** How Cortex is asked and how it says no (Cortex API v1: plain JSON errors; only 429 is a problem document). */

import { type ErrorCode, KeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { breach, parseJson } from "./answer.ts";
import type { ApiRequest, Dialect, Exchange } from "./api-client.ts";
import { isAboutAddress } from "./is-about-address.ts";
import { oneLine } from "./one-line.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { HttpResponse } from "./transport.ts";

/** `setting`: what in the configuration names the credential, for messages. */
export const createCortexDialect = (credential: Secret, clock: Clock, setting = SETTING): Dialect => ({
  authorize: () => ({ authorization: `Bearer ${credential.reveal()}` }),
  refusal: (exchange) => refusal(exchange, setting),
  retryAfterMs: (response) => retryAfterMs(response, clock.now()),
});

function refusal(exchange: Exchange, setting: string): KeywrightError {
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
  if (status === 403) return forbidden(message, said, request);
  if (status === 404) return new KeywrightError("STORE_CONFLICT", message);
  const known = REFUSALS.get(status);
  if (known)
    return new KeywrightError(known.code, known.message, { hint: known.hint.replace(SETTING, setting) });
  if (status >= 400) return new KeywrightError("STORE_REJECTED", message);
  return breach(request, status, "is none that the API gives");
}

interface KnownRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const SETTING = "store.credential";

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

/** Whether Cortex lets nobody in from here, whatever the credential. */
export const isAddressRefusal = ({ status, body }: HttpResponse): boolean =>
  status === 403 && isAboutAddress(saidIn(body));

/** One status for three things that are mended in three ways. */
function forbidden(message: string, said: string, { method, path }: ApiRequest): KeywrightError {
  if (isAboutAddress(said)) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "This machine's address is not on the IP allowlist of the workspace: add it there, or run from one that is.",
    });
  }
  const neighbour = NEIGHBOURS.find(([start]) => path.startsWith(start));
  if (neighbour) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: `Reading and writing ${neighbour[1]} need the permission \`${neighbour[2]}\`: give the credential's key a role that has it.`,
    });
  }
  if (method === "PUT") {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "A key that may do more than the credential's key is not changed by it. Give the credential's key the roles that this key has and the permission `Edit API keys`, or, where the key was to be adopted, take its manifest out.",
    });
  }
  return new KeywrightError("STORE_FORBIDDEN", message, {
    hint: "Every operation needs the permission `Edit API keys`, and nobody can make a key with more rights than their own: give the credential's key the roles that it is to hand out.",
  });
}

/** What lies beside the keys, each with the one permission for all of it. */
const NEIGHBOURS = [
  ["/api/v1/secrets", "secrets", "Create secrets"],
  ["/api/v1/ip-allowlist", "the IP allowlist", "Configure IP allowlist"],
] as const;

/** The message of the body, which may be empty or no JSON, in one line. */
function saidIn(body: string): string {
  const { message, details, detail, title } = fieldsOf(body);
  const parts = [message ?? title, details ?? detail].filter(
    (part) => typeof part === "string" && part !== "",
  );
  const text = parts.length > 0 ? parts.join("; ") : body.startsWith("<") ? "" : body;
  return oneLine(text) || "it gave no reason.";
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  const value = parseJson(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
