/** A check has an end: first it is asked to end, then what does not answer is given up, then it is not waited for at all. */

import type { DaemonPorts } from "./daemon-ports.ts";

/** From being asked to end until what has not answered is given up, and from then until nobody waits. */
const GRACE_MS = 5_000;
const LAST_MS = 2_000;

export interface Limits {
  readonly limitMs: number;
  /** Ask to end and to give up whenever they come, before the limit. */
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
  /** Hears that it is asked to end for its time is over. */
  readonly onLimit: () => void;
}

export type Limited<T> = (signal: AbortSignal, deadline: AbortSignal) => Promise<T>;

/** `undefined`: it does not end, and is still under way as `rest`. */
export type Ended<T> = { readonly value: T } | { readonly rest: Promise<unknown> };

export async function limited<T>(
  { clock, waitUntil }: Pick<DaemonPorts, "clock" | "waitUntil">,
  { limitMs, signal, deadline, onLimit }: Limits,
  work: Limited<T>,
): Promise<Ended<T>> {
  const [asked, late, done] = [new AbortController(), new AbortController(), new AbortController()];
  const isLate = AbortSignal.any([deadline, late.signal]);
  const running = work(AbortSignal.any([signal, asked.signal]), isLate);
  const pause = async (ms: number): Promise<void> => {
    for (let begun = clock.now(); ; begun = clock.now()) {
      await waitUntil(new Date(begun.getTime() + ms), done.signal);
      if (done.signal.aborted || clock.now() >= begun) return;
    }
  };
  const watch = async (): Promise<void> => {
    await Promise.race([pause(limitMs), aborted(isLate, done.signal)]);
    if (!done.signal.aborted && !isLate.aborted) onLimit();
    asked.abort();
    if (!isLate.aborted) await pause(GRACE_MS);
    late.abort();
    await pause(LAST_MS);
  };
  const ended = running.then((value): Ended<T> => ({ value }));
  const givenUp = watch().then((): Ended<T> | Promise<Ended<T>> =>
    done.signal.aborted ? ended : { rest: running },
  );
  try {
    return await Promise.race([ended, givenUp]);
  } finally {
    done.abort();
  }
}

const aborted = (signal: AbortSignal, end: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    for (const each of [signal, end]) each.addEventListener("abort", () => resolve(), { once: true });
  });
