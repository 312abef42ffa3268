/** The OIDC token that GitHub Actions makes for a job that has the permission `id-token: write`. */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import { createApiClient, type Dialect } from "../../http/api-client.ts";
import { openHttpTransport } from "../../http/http-transport.ts";
import type { ProxySettings } from "../../http/proxy.ts";
import { retryAfterMs } from "../../http/retry-after.ts";
import type { Transport } from "../../http/transport.ts";

export interface GithubIdTokenOptions {
  /** ACTIONS_ID_TOKEN_REQUEST_URL; has a query already. */
  readonly requestUrl: string;
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: Secret;
  readonly audience: string;
  readonly clock: Clock;
  readonly proxy?: ProxySettings | undefined;
  readonly retryPausesMs?: readonly number[];
}

/** A fresh token, good for some minutes. Throws CREDENTIAL_MISSING where GitHub gives none. */
export async function readGithubIdToken(options: GithubIdTokenOptions): Promise<Secret> {
  const { requestUrl, audience, clock, proxy, retryPausesMs } = options;
  if (!URL.canParse(requestUrl)) throw missing("ACTIONS_ID_TOKEN_REQUEST_URL is no address");
  const { origin, pathname, searchParams } = new URL(requestUrl);
  searchParams.set("audience", audience);
  let transport: Transport | undefined;
  try {
    transport = openHttpTransport(origin, {}, proxy);
    const dialect = dialectOf(options, clock);
    const api = createApiClient({ transport, dialect, ...(retryPausesMs && { retryPausesMs }) });
    const { request, response } = await api.read(`${pathname}?${searchParams.toString()}`);
    return Secret.of(parseAnswer(ANSWER, response, request).value);
  } catch (error) {
    if (!isKeywrightError(error)) throw error;
    throw missing(ofIssuer(error.message));
  } finally {
    await transport?.close();
  }
}

/** The HTTP client speaks of stores. */
const ofIssuer = (text: string): string =>
  text
    .replaceAll("store.url", "ACTIONS_ID_TOKEN_REQUEST_URL")
    .replaceAll(/\bthe (key )?store\b/gi, "the issuer");

const dialectOf = ({ requestToken }: GithubIdTokenOptions, clock: Clock): Dialect => ({
  authorize: () => ({ authorization: `Bearer ${requestToken.reveal()}` }),
  // What it says besides may say the token back.
  refusal: ({ response: { status } }) =>
    new KeywrightError("STORE_REJECTED", `the issuer answered ${status}`),
  retryAfterMs: (response) => retryAfterMs(response, clock.now()),
});

const missing = (why: string): KeywrightError =>
  new KeywrightError("CREDENTIAL_MISSING", `GitHub Actions gives no OIDC token: ${why}`, {
    hint: "Give the job `permissions: { id-token: write }`; jobs of pull requests from forks get no token.",
  });

const ANSWER: SchemaOf<{ readonly value: string }> = Object.freeze({
  type: "object",
  required: ["value"],
  properties: { value: { type: "string", pattern: "^[\\x21-\\x7e]+$" } },
});
