/** When keys end, and whether that is what the manifest asks for. */

import type { Expires } from "./desired.ts";
import { canonicalJson } from "./digest.ts";
import { MINUTE_MS, renderDuration } from "./duration.ts";
import type { CurrentKey } from "./key-record.ts";
import type { LiveKey } from "./live.ts";

/** How far a life may be off when only the store's own dates tell it: the two clocks may differ. */
const TOLERANCE_MS = 10 * MINUTE_MS;

/** The end of a key that is minted at `now`; undefined: never. ISO 8601 in UTC. */
export function expiresAt(expires: Expires, now: Date): string | undefined {
  switch (expires.type) {
    case "never":
      return undefined;
    case "after":
      return new Date(now.getTime() + expires.ms).toISOString();
    case "at":
      return expires.instant;
  }
}

/** Whether a key minted at `now` would be dead on arrival. */
export const isPast = (expires: Expires, now: Date): boolean =>
  expires.type === "at" && Date.parse(expires.instant) <= now.getTime();

/** Valid for one more request at `now`: not after its end, to the millisecond (security check A11). */
export const isUnexpired = (key: Pick<LiveKey, "expiresAt">, now: Date): boolean =>
  key.expiresAt === undefined || now.getTime() < Date.parse(key.expiresAt);

export const isValid = (key: Pick<LiveKey, "expiresAt" | "status">, now: Date): boolean =>
  key.status === "active" && isUnexpired(key, now);

/**
 * Whether a live key ends when its manifest says. Where the ledger recorded that it was minted under this very
 * rule, it has to end as it did then: neither the store's clock nor its rounding can then ask for another key.
 * Otherwise its own dates tell, and for a life that counts from the mint they do so give or take 10 minutes.
 */
export function hasDesiredExpiry(
  expires: Expires,
  key: Pick<LiveKey, "createdAt" | "expiresAt">,
  recorded: CurrentKey | undefined,
): boolean {
  if (recorded && canonicalJson(recorded.expires) === canonicalJson(expires)) {
    return isSameEnd(key.expiresAt, recorded.expiresAt);
  }
  if (expires.type === "never") return key.expiresAt === undefined;
  if (expires.type === "at") return isSameEnd(key.expiresAt, expires.instant);
  if (recorded || key.expiresAt === undefined) return false;
  const lifeMs = Date.parse(key.expiresAt) - Date.parse(key.createdAt);
  return Math.abs(lifeMs - expires.ms) <= TOLERANCE_MS;
}

const isSameEnd = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Date.parse(a) === Date.parse(b));

/** For people: `90d after it is minted`, `2027-03-31T12:00:00.000Z`, `never`. */
export function renderExpires(expires: Expires): string {
  switch (expires.type) {
    case "never":
      return "never";
    case "after":
      return `${renderDuration(expires.ms)} after it is minted`;
    case "at":
      return expires.instant;
  }
}
