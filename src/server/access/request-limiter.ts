import type { Clock } from "../../core/ports.ts";
import { forgetOldest } from "./forget-oldest.ts";

export interface RequestLimit {
  readonly requests: number;
  readonly windowMs: number;
}

interface Window {
  readonly startedAt: number;
  requests: number;
}

/**
 * Counts each client's requests in windows that begin with its first one. Memory is bounded: at `mostClients` the
 * clients whose windows are oldest are forgotten, and start anew.
 */
export class RequestLimiter {
  readonly #limit: RequestLimit;
  readonly #clock: Clock;
  readonly #mostClients: number;
  /** The oldest window first. */
  readonly #windows = new Map<string, Window>();

  constructor(limit: RequestLimit, clock: Clock, mostClients = 100_000) {
    this.#limit = limit;
    this.#clock = clock;
    this.#mostClients = mostClients;
  }

  get clients(): number {
    return this.#windows.size;
  }

  /** Counts a request; gives how long its client has to wait, in milliseconds, when it is one too many. */
  take(client: string): number | undefined {
    const now = this.#clock.now().getTime();
    const window = this.#windows.get(client);
    if (!window || this.#isOver(window, now)) {
      this.#open(client, now);
      return undefined;
    }
    if (window.requests >= this.#limit.requests) return window.startedAt + this.#limit.windowMs - now;
    window.requests += 1;
    return undefined;
  }

  /** What `take` would give, without counting. */
  waitMs(client: string): number | undefined {
    const now = this.#clock.now().getTime();
    const window = this.#windows.get(client);
    const isFull = window && !this.#isOver(window, now) && window.requests >= this.#limit.requests;
    return isFull ? window.startedAt + this.#limit.windowMs - now : undefined;
  }

  #open(client: string, now: number): void {
    this.#windows.delete(client);
    forgetOldest(this.#windows, this.#mostClients);
    this.#windows.set(client, { startedAt: now, requests: 1 });
  }

  /** Also when the clock was set back: nobody waits for longer than a window. */
  #isOver({ startedAt }: Window, now: number): boolean {
    return now < startedAt || now >= startedAt + this.#limit.windowMs;
  }
}
