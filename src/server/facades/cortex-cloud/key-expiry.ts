/** The vendor's rule: a key expires after one week unless told otherwise, and within six months. */

import type { Refusal } from "../../domain/refusal.ts";

const WEEK_MS = 7 * 24 * 3_600_000;
const MOST_MONTHS = 6;

/** ISO 8601, or why not. `expiration` is in milliseconds since 1970. */
export function decideExpiry(expiration: number | undefined, now: Date): string | Refusal {
  const expiresAt = new Date(expiration ?? now.getTime() + WEEK_MS);
  if (expiresAt <= now) {
    return { refused: "expiry-in-past", detail: "expiration must be later than now, in epoch milliseconds." };
  }
  if (expiresAt > addMonths(now, MOST_MONTHS)) {
    return {
      refused: "invalid-request",
      detail: `expiration must be within ${MOST_MONTHS} months from now.`,
    };
  }
  return expiresAt.toISOString();
}

/** In UTC; the last day of the month where the day does not exist. */
function addMonths(date: Date, months: number): Date {
  const later = new Date(date);
  later.setUTCMonth(later.getUTCMonth() + months);
  if (later.getUTCDate() !== date.getUTCDate()) later.setUTCDate(0);
  return later;
}
