import { parseJson } from "./answer.ts";
import type { HttpResponse } from "./transport.ts";

/**
 * How long a refusal asks to wait, in milliseconds: by the header `Retry-After`, in seconds or as a date (RFC 9110, section
 * 10.2.3), else by `retryAfter` of the body, the same. Undefined when it does not say.
 */
export const retryAfterMs = ({ headers, body }: HttpResponse, now: Date): number | undefined =>
  waitMs(headers["retry-after"], now) ?? waitMs(fieldOf(body), now);

function waitMs(value: unknown, now: Date): number | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = text.endsWith(" GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

function fieldOf(body: string): unknown {
  const value = parseJson(body);
  return typeof value === "object" && value !== null && "retryAfter" in value ? value.retryAfter : undefined;
}
