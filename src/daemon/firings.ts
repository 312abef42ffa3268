/** Which firing of the schedule is to be done next, and which have passed. */

import { KeywrightError } from "../core/error.ts";
import type { CheckTimes } from "./daemon-ports.ts";

/** `last`: the firing that was done last; where the clock stands before it or on it, it does not come twice. */
export function nextFiring(times: CheckTimes, now: Date, last: Date): Date {
  const next = nextOf(times, now);
  return next.getTime() === last.getTime() ? nextOf(times, next) : next;
}

export function nextOf(times: CheckTimes, from: Date): Date {
  const next = times.nextAfter(from);
  if (next) return next;
  throw new KeywrightError("USAGE", "the schedule never fires again", {
    hint: "write one that does into drift.schedule, or give --schedule",
  });
}

/** More are not counted: the clock was put forward, or the process slept for long. */
const MOST_COUNTED = 1000;

export interface Passed {
  readonly count: number;
  /** `from` when there was none. */
  readonly last: Date;
}

/** The firings after `from` that have come by `now`. */
export function firingsUntil(times: CheckTimes, from: Date, now: Date): Passed {
  let passed: Passed = { count: 0, last: from };
  while (passed.count < MOST_COUNTED) {
    const next = times.nextAfter(passed.last);
    if (!next || next > now) return passed;
    passed = { count: passed.count + 1, last: next };
  }
  return passed;
}
