/** Spans of time in words, rounded down: what is left is never overstated. */

import { MINUTE_MS, renderSpan } from "../core/duration.ts";
import { instantMs } from "./instant-ms.ts";
import { printable } from "./printable.ts";

/** `in 59 days`, `3 h ago`; text that is no ISO 8601 instant as it is. */
export function renderRelative(iso: string, now: Date): string {
  const ms = instantMs(iso) - now.getTime();
  if (Number.isNaN(ms)) return printable(iso);
  return ms > 0 ? `in ${renderSpan(ms)}` : `${renderSpan(-ms)} ago`;
}

/** How long something took: `0.8 s`, `12.3 s`, or as `renderSpan` from a minute up. */
export const renderElapsed = (ms: number): string =>
  ms < MINUTE_MS ? `${(Math.max(ms, 0) / 1000).toFixed(1)} s` : renderSpan(ms);
