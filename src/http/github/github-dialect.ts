/** How GitHub's REST API is asked, and what its refusals mean (https://docs.github.com/rest). */

import { type ErrorCode, KeywrightError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import { redactSecrets } from "../../core/redact.ts";
import { Secret } from "../../core/secret.ts";
import type { Dialect, Exchange } from "../api-client.ts";
import { breach } from "../answer.ts";
import { oneLine } from "../one-line.ts";
import type { HttpRequest, HttpResponse } from "../transport.ts";
import { gitHubRetryAfterMs, messageOf } from "./rate-limit.ts";

const API_VERSION = "2022-11-28";

export interface GitHubDialectOptions {
  /** The credential of the next request. */
  readonly bearer: () => Secret;
  readonly clock: Clock;
  /** What in the configuration names the credential, for messages. */
  readonly setting: string;
}

export const createGitHubDialect = ({ bearer, clock, setting }: GitHubDialectOptions): Dialect => ({
  authorize: () => ({
    accept: "application/vnd.github+json",
    authorization: `Bearer ${bearer().reveal()}`,
    // Without it GitHub refuses whatever it is asked.
    "user-agent": "keywright",
    "x-github-api-version": API_VERSION,
  }),
  refusal: (exchange) => refusal(exchange, setting),
  retryAfterMs: (response) => gitHubRetryAfterMs(response, clock.now()),
});

function refusal({ request, response }: Exchange, setting: string): KeywrightError {
  const { status } = response;
  const what = `${request.method} ${request.path.replace(/\?.*$/, "")}`;
  if (status >= 500) {
    return new KeywrightError("STORE_OUTCOME_UNKNOWN", `GitHub failed (${status}) at ${what}.`, {
      hint: "The request may have been carried out. Run again: the next run finds out and goes on.",
    });
  }
  const said = redactSecrets(oneLine(messageOf(response.body)), [sentIn(request)]) || "it gave no reason.";
  const known = meaningOf(response, said, setting);
  if (!known) return breach(request, status, "is none that the API gives");
  const { code, hint } = known;
  return new KeywrightError(code, `GitHub refused ${what} (${status}): ${said}`, hint ? { hint } : {});
}

/** The one that may be said back: by now there may be another. */
const sentIn = ({ headers }: HttpRequest): Secret =>
  Secret.of((headers["authorization"] ?? "").replace(/^Bearer /, ""));

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
}

function meaningOf(response: HttpResponse, said: string, setting: string): Meaning | undefined {
  switch (response.status) {
    case 401:
      return { code: "STORE_UNAUTHORIZED", hint: unauthorizedHint(said, setting) };
    case 403:
      return { code: "STORE_FORBIDDEN", hint: forbiddenHint(response, said, setting) };
    case 410:
      return { code: "STORE_REJECTED", hint: "It was renamed or transferred: write its name as it is now." };
    case 429:
      return { code: "STORE_BUSY", hint: "Something else uses up the rate limit; run again later." };
    case 404:
      return { code: "STORE_CONFLICT" };
    default:
      return response.status >= 400 ? { code: "STORE_REJECTED" } : undefined;
  }
}

const unauthorizedHint = (said: string, setting: string): string =>
  /\b(exp|iat|iss|json web token|integration)\b/i.test(said)
    ? `Check the App's id and its private key in ${setting}, and this machine's clock.`
    : `Check ${setting}: the token may be mistyped, expired or revoked, or the App uninstalled.`;

/** One status for many reasons that are mended in as many ways. */
function forbiddenHint({ headers }: HttpResponse, said: string, setting: string): string {
  if (headers["x-github-sso"] !== undefined || /\bSAML\b/.test(said))
    return `The organisation asks for single sign-on: authorise ${setting} for it.`;
  if (/archived/i.test(said)) return "An archived repository is read-only: unarchive it, or use another.";
  if (/ip allow list/i.test(said))
    return "This machine's address is not on the organisation's IP allow list.";
  const needed = neededOf(headers);
  if (/not accessible by integration/i.test(said)) {
    return `The GITHUB_TOKEN of a workflow can never write secrets: as ${setting} use a GitHub App or a fine-grained personal access token with ${needed}. If it is an App already, grant it that, and accept the change where it is installed.`;
  }
  return `Give ${setting} ${needed}; a classic token needs the scope repo, for an organisation admin:org.`;
}

/** What the API says that the request asks for, such as `secrets=write`. */
function neededOf(headers: HttpResponse["headers"]): string {
  const asked = headers["x-accepted-github-permissions"] ?? "";
  return /^[a-z0-9_=,; ]{1,200}$/.test(asked)
    ? `the permission ${asked}`
    : "the permission to read and write secrets";
}
