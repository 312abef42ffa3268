/** How Cortex Cloud is asked, and what its refusals mean. */

import { clockSkew } from "../../core/clock-skew.ts";
import { MINUTE_MS, renderDuration } from "../../core/duration.ts";
import { KeywrightError } from "../../core/error.ts";
import type { Clock, Random } from "../../core/ports.ts";
import { breach, parseJson } from "../../http/answer.ts";
import type { ApiRequest, Dialect, Exchange } from "../../http/api-client.ts";
import { isAboutAddress } from "../../http/is-about-address.ts";
import { oneLine } from "../../http/one-line.ts";
import type { HttpResponse } from "../../http/transport.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import { faultIn } from "./cloud-fault.ts";
import { type CloudCredential, createNonce, signRequest } from "./sign-request.ts";

export interface CloudCaller {
  readonly credential: CloudCredential;
  readonly clock: Clock;
  readonly random: Random;
}

/** Nonce and timestamp are new for every attempt. */
export const createCortexCloudDialect = (caller: CloudCaller): Dialect => ({
  authorize: () => signRequest(caller.credential, createNonce(caller.random), caller.clock.now().getTime()),
  refusal: (exchange) => refusal(exchange, caller),
  retryAfterMs: (response) => retryAfterMs(response, caller.clock.now()),
  // "Internal Server Error (waitress)": said of a path or a body that it does not know, every time.
  isLasting: isUnknownRequest,
});

function refusal(exchange: Exchange, caller: CloudCaller): KeywrightError {
  const { request, response } = exchange;
  const { status, body } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  if (status >= 500) return failure(what, response);
  const fault = faultIn(body);
  const said = oneLine(fault?.text ?? (body.startsWith("<") ? "" : body)) || "it gave no reason.";
  const message = `Cortex Cloud refused ${what} (${status}): ${said}`;
  if (status === 401) return unauthorized(exchange, caller);
  if (status === 402) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "The tenant's licence does not cover this API, or has ended: see Settings → Cortex Cloud License.",
    });
  }
  if (status === 403) return forbidden(message, said, request);
  if (status === 429) {
    return new KeywrightError("STORE_BUSY", "Cortex Cloud keeps refusing: too many requests.", {
      hint: "Something else uses up the tenant's limit of 10 requests a second; run again later.",
    });
  }
  if (fault?.isUnknownKey) return new KeywrightError("STORE_CONFLICT", message);
  if (status >= 400) return new KeywrightError("STORE_REJECTED", message);
  return breach(request, status, "is none that the API gives");
}

/** A load balancer's 502, 503 and 504 have no JSON either, and pass. */
function isUnknownRequest({ status, body }: HttpResponse): boolean {
  return status === 500 && parseJson(body) === undefined;
}

function failure(what: string, response: HttpResponse): KeywrightError {
  const doubt = isUnknownRequest(response)
    ? " It says the same to a path that it does not know: check store.url."
    : "";
  return new KeywrightError("STORE_OUTCOME_UNKNOWN", `Cortex Cloud failed (${response.status}) at ${what}.`, {
    hint: `The request may have been carried out. Run again: the next run finds out and goes on.${doubt}`,
  });
}

/** One answer for five things. */
function unauthorized({ response }: Exchange, { credential, clock }: CloudCaller): KeywrightError {
  const { keyId, securityLevel } = credential;
  const skew = tellingSkew(response, clock.now());
  const causes = [
    `store.securityLevel is not the level of the key (it says ${securityLevel})`,
    `store.keyId is not its id (it says ${keyId})`,
    "store.credential is mistyped",
    `this machine's clock is wrong, which signed requests do not bear (${skew ?? "it agrees with the tenant's as far as can be told"})`,
    "the key has expired or was deleted",
  ];
  const lead = skew !== undefined && securityLevel === "advanced" ? ` This machine's clock: ${skew}.` : "";
  return new KeywrightError("STORE_UNAUTHORIZED", `Cortex Cloud does not accept the credential.${lead}`, {
    hint: `It says the same for five things: ${causes.join("; ")}.`,
  });
}

/** What the way of a request may take; no tenant refuses a signature for less. */
const TOLERATED_SKEW_MS = 60_000;

/** How far this clock is from the tenant's, where that is telling: `it is 1h ahead of the tenant's`. */
export function tellingSkew({ headers }: HttpResponse, now: Date): string | undefined {
  const { aheadMs } = clockSkew(now, now, headers["date"]) ?? { aheadMs: 0 };
  if (Math.abs(aheadMs) <= TOLERATED_SKEW_MS) return undefined;
  const minutesMs = Math.round(Math.abs(aheadMs) / MINUTE_MS) * MINUTE_MS;
  return `it is ${renderDuration(minutesMs)} ${aheadMs > 0 ? "ahead of" : "behind"} the tenant's`;
}

function forbidden(message: string, said: string, { method }: ApiRequest): KeywrightError {
  if (isAboutAddress(said)) {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "This machine's address is not on the tenant's allowlist: add it there, or run from one that is.",
    });
  }
  if (method === "PUT") {
    return new KeywrightError("STORE_FORBIDDEN", message, {
      hint: "A key that may do more than the credential's key is not changed by it. Give the credential's key these rights and a role with Public API (View/Edit) and Access Management (View/Edit), or, where the key was to be adopted, take its manifest out: a key of an Instance Administrator is for people to manage, in the console.",
    });
  }
  return new KeywrightError("STORE_FORBIDDEN", message, {
    hint: "The credential's key needs a role with Public API (View/Edit) and Access Management (View/Edit). A key that is no Instance Administrator can neither change nor delete a key that is one: do that in the console.",
  });
}
