/**
 * One limiter for all requests to a store: begins gently, comes up to its rate as requests pass, halves it when one is
 * refused, and waits exactly as long as the store asks.
 */

import { setTimeout as pause } from "node:timers/promises";
import { DAY_MS, renderDuration } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";

export interface LimiterOptions {
  /** The most that may go out in a minute in the long run. */
  readonly perMinute: number;
  /** How many may go out at once after a rest. */
  readonly burst: number;
  /** The longest that one request may be kept waiting because the store asked for it. */
  readonly longestWaitMs: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface RequestLimiter {
  /** Resolves when the next request may go out, in the order of asking. STORE_BUSY when that is too far away. */
  take(signal?: AbortSignal): Promise<void>;
  /** The store answered. */
  passed(): void;
  /** The store refused to answer so soon: nothing goes out for `waitMs`. */
  refused(waitMs: number): void;
}

/** Of the full rate, to begin with. */
const GENTLE = 0.25;
const GROWTH = 1.02;
const SLOWEST = 1 / 50;

export const createRequestLimiter = (options: LimiterOptions): RequestLimiter => new TokenBucket(options);

class TokenBucket implements RequestLimiter {
  readonly #options: LimiterOptions;
  readonly #now: () => number;
  /** Requests per millisecond. */
  readonly #full: number;
  #rate: number;
  #tokens: number;
  #seenAt: number;
  #closedUntil = -Infinity;
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#full = options.perMinute / 60_000;
    this.#rate = this.#full * GENTLE;
    this.#tokens = options.burst;
    this.#seenAt = this.#now();
  }

  take(signal?: AbortSignal): Promise<void> {
    const taken = this.#line.then(() => this.#turn(signal));
    this.#line = taken.catch(() => undefined);
    return taken;
  }

  passed(): void {
    this.#rate = Math.min(this.#full, this.#rate * GROWTH);
  }

  refused(waitMs: number): void {
    this.#refill();
    this.#tokens = 0;
    this.#rate = Math.max(this.#full * SLOWEST, this.#rate / 2);
    this.#closedUntil = Math.max(this.#closedUntil, this.#now() + waitMs);
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const { longestWaitMs, sleep = rest } = this.#options;
    for (;;) {
      const closedMs = this.#closedUntil - this.#now();
      if (closedMs > longestWaitMs) throw busy(closedMs, longestWaitMs);
      if (closedMs > 0) {
        await sleep(Math.ceil(closedMs), signal);
        // Another request may have been refused meanwhile.
        continue;
      }
      this.#refill();
      if (this.#tokens >= 1) break;
      await sleep(Math.ceil((1 - this.#tokens) / this.#rate), signal);
    }
    this.#tokens -= 1;
  }

  #refill(): void {
    const at = this.#now();
    this.#tokens = Math.min(this.#options.burst, this.#tokens + (at - this.#seenAt) * this.#rate);
    this.#seenAt = at;
  }
}

async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, signal ? { signal } : {});
  } catch {
    throw new KeywrightError("INTERRUPTED", "Stopped while waiting for the store's rate limit.");
  }
}

const busy = (waitMs: number, longestMs: number): KeywrightError =>
  new KeywrightError("STORE_BUSY", `The store asks to wait ${inWords(waitMs)} before the next request.`, {
    hint: `A run waits ${inWords(longestMs)} at most. Nothing was lost: run again after that time.`,
  });

/** Rounded up: whole minutes, or whole days beyond two of them. */
function inWords(ms: number): string {
  if (!(ms < 1000 * DAY_MS)) return "years";
  return renderDuration(ms > 2 * DAY_MS ? Math.ceil(ms / DAY_MS) * DAY_MS : ms);
}
