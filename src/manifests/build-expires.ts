import type { Expires } from "../core/desired.ts";
import { parseDuration } from "../core/duration.ts";
import { endOfDay } from "./end-of-day.ts";
import type { ExpiresSpec } from "./manifest.ts";
import { noTimeZone } from "./no-time-zone.ts";
import { quote } from "./quote.ts";

/** What is wrong with an expiry that its schema accepts. */
export interface ExpiresFault {
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

export function buildExpires(spec: ExpiresSpec): Expires | ExpiresFault {
  if (spec === "never") return { type: "never" };
  if ("after" in spec) {
    const ms = parseDuration(spec.after);
    return ms === undefined ? noDuration(spec.after) : { type: "after", ms };
  }
  return "at" in spec ? buildInstant(spec.at) : buildDay(spec.on, spec.timezone);
}

export const isExpiresFault = (built: Expires | ExpiresFault): built is ExpiresFault => "field" in built;

const noDuration = (text: string): ExpiresFault => ({
  field: "after",
  message: `${quote(text)} is no duration`,
  hint: "write 30m, 24h or 90d",
});

function buildInstant(text: string): Expires | ExpiresFault {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return { type: "at", instant: new Date(ms).toISOString() };
  return { field: "at", message: `${quote(text)} is no instant`, hint: "write it like 2027-03-31T12:00:00Z" };
}

function buildDay(date: string, timezone: string): Expires | ExpiresFault {
  const end = endOfDay(date, timezone);
  return end ? { type: "at", instant: end.toISOString() } : { field: "timezone", ...noTimeZone(timezone) };
}
