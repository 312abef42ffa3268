/**
 * One limiter for all requests to a store: begins gently, comes up to its rate as requests pass, halves it when one is
 * refused, and waits exactly as long as the store asks.
 */

import { setTimeout as pause } from "node:timers/promises";
import { DAY_MS, renderDuration } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";

export interface LimiterOptions {
  /** The most that may go out in a minute in the long run; Infinity: only refusals make requests wait. */
  readonly perMinute: number;
  /** How many may go out at once after a rest. */
  readonly burst: number;
  /** The longest that the store may keep everybody waiting, since its last answer. */
  readonly longestWaitMs: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface RequestLimiter {
  /**
   * Resolves when the next request may go out, in the order of asking. STORE_BUSY when the store asked to wait longer than
   * a run may, since it last answered; INTERRUPTED when `signal` ends the waiting.
   */
  take(signal?: AbortSignal): Promise<Turn>;
}

/** One request that went out. */
export interface Turn {
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
  /** Since when the store has refused all that came; undefined: it answers. */
  #refusedSince: number | undefined;
  /** How often the rate was halved. */
  #halvings = 0;
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#full = options.perMinute / 60_000;
    this.#rate = this.#full * GENTLE;
    this.#tokens = options.burst;
    this.#seenAt = this.#now();
  }

  take(signal?: AbortSignal): Promise<Turn> {
    const taken = this.#line.then(() => this.#turn(signal));
    this.#line = taken.catch(() => undefined);
    return taken;
  }

  async #turn(signal: AbortSignal | undefined): Promise<Turn> {
    const { sleep = rest } = this.#options;
    for (;;) {
      if (signal?.aborted === true) throw interrupted();
      const closedMs = this.#closedUntil - this.#now();
      if (closedMs > 0) {
        this.#refuseLongWait(closedMs);
        await sleep(Math.ceil(closedMs), signal);
        // Another request may have been refused meanwhile.
        continue;
      }
      this.#refill();
      if (this.#tokens >= 1) break;
      await sleep(Math.ceil((1 - this.#tokens) / this.#rate), signal);
    }
    this.#tokens -= 1;
    const halvings = this.#halvings;
    return { passed: () => this.#passed(), refused: (waitMs) => this.#refused(waitMs, halvings) };
  }

  #passed(): void {
    this.#refusedSince = undefined;
    this.#rate = Math.min(this.#full, this.#rate * GROWTH);
  }

  /** `halvings`: when it went out. One burst is one lesson: what went out before it was learnt does not teach it again. */
  #refused(waitMs: number, halvings: number): void {
    this.#refill();
    this.#tokens = 0;
    if (halvings === this.#halvings) {
      this.#halvings += 1;
      this.#rate = Math.max(this.#full * SLOWEST, this.#rate / 2);
    }
    const now = this.#now();
    this.#refusedSince ??= now;
    this.#closedUntil = Math.max(this.#closedUntil, now + waitMs);
  }

  /** One long wait, or many short ones without an answer between. */
  #refuseLongWait(closedMs: number): void {
    const { longestWaitMs } = this.#options;
    const waitedMs = this.#now() - (this.#refusedSince ?? this.#now());
    if (waitedMs + closedMs > longestWaitMs) throw busy(closedMs, longestWaitMs);
  }

  #refill(): void {
    const { burst } = this.#options;
    const at = this.#now();
    const grown = this.#full === Infinity ? Infinity : (at - this.#seenAt) * this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + grown);
    this.#seenAt = at;
  }
}

async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, signal ? { signal } : {});
  } catch {
    throw interrupted();
  }
}

const interrupted = (): KeywrightError =>
  new KeywrightError("INTERRUPTED", "Stopped while waiting for the store's rate limit.");

const busy = (waitMs: number, longestMs: number): KeywrightError =>
  new KeywrightError("STORE_BUSY", `The store asks to wait ${inWords(waitMs)} before the next request.`, {
    hint: `A run waits ${inWords(longestMs)} at most. Nothing was lost: run again after that time.`,
  });

/** Rounded up: whole minutes, or whole days beyond two of them. */
function inWords(ms: number): string {
  if (!(ms < 1000 * DAY_MS)) return "years";
  return renderDuration(ms > 2 * DAY_MS ? Math.ceil(ms / DAY_MS) * DAY_MS : ms);
}
