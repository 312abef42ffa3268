/** Looks at something that may fail, hang or be called off, and says what came of it. */

import type { Fault, Finding } from "../core/check.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";

export interface Looking {
  readonly clock: Clock;
  /** How long everything together that is looked at by this may take. */
  readonly limitMs: number;
  /** Ends all looking. */
  readonly signal: AbortSignal;
  /** Hears that something is not waited for any longer, and may still be under way. */
  readonly onLate: () => void;
}

export interface Look {
  /** Never throws. `work` is given a signal, and is not waited for once that has aborted. */
  at<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Finding<T>>;
  /** To be called when nothing more is to be looked at. */
  end(): void;
}

/** `late`: what it means that no answer came in time. */
export function startLook({ clock, limitMs, signal, onLate }: Looking, late: Omit<Fault, "message">): Look {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
    onLate();
  }, limitMs);
  const either = AbortSignal.any([signal, limit.signal]);
  const fault = (error: unknown): Fault => {
    if (signal.aborted) return { code: "INTERRUPTED", message: "stopped before this was looked at" };
    if (limit.signal.aborted) return { ...late, message: `no answer within ${limitMs / 1000} s` };
    return faultOf(error);
  };
  return {
    at: async (work) => {
      const startMs = clock.now().getTime();
      const took = (): number => clock.now().getTime() - startMs;
      try {
        const found = await Promise.race([work(either), aborted(either)]);
        return { found, tookMs: took() };
      } catch (error) {
        return { fault: fault(error), tookMs: took() };
      }
    },
    end: () => clearTimeout(timer),
  };
}

/** Rejects when `signal` aborts, and never settles otherwise. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, fail) => {
    if (signal.aborted) fail(new Error("aborted"));
    else signal.addEventListener("abort", () => fail(new Error("aborted")), { once: true });
  });

function faultOf(error: unknown): Fault {
  if (!isKeywrightError(error)) {
    const message = error instanceof Error ? error.message : "something was thrown that is no error";
    return { code: "BUG", message, hint: "this is a bug in Keywright: please report it" };
  }
  const { code, message, issues } = error;
  const hint = issues.length > 0 ? "`keywright validate` shows each fault at its line" : error.hint;
  return { code, message, ...(hint !== undefined && { hint }) };
}
