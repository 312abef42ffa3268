/**
 * How GitHub says "not so fast", as the HTTP client understands it. Its limits answer 403 as often as 429, and name the wait
 * in one of two headers, or in none (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */

import { parseJson } from "../answer.ts";
import type { HttpResponse, Transport } from "../transport.ts";

/** What GitHub asks for where a secondary limit names no time. */
const SECONDARY_MS = 60_000;
/** A repository that was renamed or transferred: no redirect is followed, and this one is of GitHub's own. */
const MOVED = new Set([301, 302, 307, 308]);

/** The same answers, with 429 for each refusal that is about a limit, and 410 for what is at another address now. */
export const asGitHubAnswers = (transport: Transport): Transport => ({
  where: transport.where,
  close: () => transport.close(),
  request: async (request, signal) => {
    const response = await transport.request(request, signal);
    if (isLimit(response)) return { ...response, status: 429 };
    return isMoved(response, transport.where) ? { ...response, status: 410 } : response;
  },
});

function isLimit({ status, headers, body }: HttpResponse): boolean {
  if (status !== 403) return false;
  return headers["retry-after"] !== undefined || isUsedUp(headers) || /rate limit/i.test(messageOf(body));
}

const isUsedUp = (headers: HttpResponse["headers"]): boolean => headers["x-ratelimit-remaining"] === "0";

function isMoved({ status, headers }: HttpResponse, where: string): boolean {
  const location = headers["location"] ?? "";
  const base = `https://${where}`;
  return MOVED.has(status) && URL.canParse(location, base) && new URL(location, base).host === where;
}

/** In milliseconds, for an answer that `asGitHubAnswers` gave. `now`: where the answer has no date of its own. */
export function gitHubRetryAfterMs({ status, headers }: HttpResponse, now: Date): number | undefined {
  const seconds = headers["retry-after"] ?? "";
  if (/^\d{1,9}$/.test(seconds)) return Number(seconds) * 1000;
  const reset = headers["x-ratelimit-reset"] ?? "";
  // A second more: what is told in whole seconds may be cut off.
  if (isUsedUp(headers) && /^\d{1,12}$/.test(reset))
    return Math.max(0, Number(reset) * 1000 - answeredAt(headers, now)) + 1000;
  return status === 429 ? SECONDARY_MS : undefined;
}

/** By GitHub's clock, in milliseconds, where it tells. */
export function answeredAt(headers: HttpResponse["headers"], now: Date): number {
  const at = Date.parse(headers["date"] ?? "");
  return Number.isNaN(at) ? now.getTime() : at;
}

/** Of an error; empty when there is none. */
export function messageOf(body: string): string {
  const value = parseJson(body);
  const isNamed = typeof value === "object" && value !== null && "message" in value;
  return isNamed && typeof value.message === "string" ? value.message : "";
}
