import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/ports.ts";

/** A host may sleep, and its clock be set, so the clock is looked at now and then. */
const MOST_AT_ONCE_MS = 15_000;

/** Less is what keeps a clock right. */
const PUT_BACK_MS = 60_000;

/**
 * Resolves when `instant` has come by `clock`, and at once when `signal` aborts or the clock was put back to before the wait
 * began: what was waited for may be years away then. Keeps the process alive meanwhile.
 */
export async function waitUntil(clock: Clock, instant: Date, signal: AbortSignal): Promise<void> {
  const begun = clock.now();
  for (;;) {
    const now = clock.now();
    const leftMs = instant.getTime() - now.getTime();
    if (signal.aborted || leftMs <= 0 || begun.getTime() - now.getTime() > PUT_BACK_MS) return;
    try {
      await delay(Math.min(leftMs, MOST_AT_ONCE_MS), undefined, { signal });
    } catch {
      return;
    }
  }
}
