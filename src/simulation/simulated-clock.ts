import type { Clock } from "../core/ports.ts";

/** When every trial begins. */
export const BEGINNING = new Date("2026-11-21T08:00:00.000Z");

/** Time that passes when it is told to. */
export class SimulatedClock implements Clock {
  #ms = BEGINNING.getTime();

  now(): Date {
    return new Date(this.#ms);
  }

  get ms(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  /** A clock that is off by what `offsetMs` gives. */
  skewed(offsetMs: () => number): Clock {
    return { now: () => new Date(this.#ms + offsetMs()) };
  }
}
