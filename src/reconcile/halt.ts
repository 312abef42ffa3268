import { type ErrorCode, isKeywrightError } from "../core/error.ts";
import { isUnknown } from "./is-unknown.ts";

/** Ends a run early where going on could only repeat what has failed. */
export interface Halt {
  /** Aborts when the run ends here. */
  readonly signal: AbortSignal;
  /** For the changes that were not begun for it. */
  readonly why: string | undefined;
  /** To be told what became of each change: its error, or none. */
  hear(error?: unknown): void;
}

/** So many changes in a row for which the store had no answer of use. Each may take until its time limit. */
const LONGEST_SILENCE = 10;

/** A credential that is refused is refused for the next key too, and a store slows down whoever goes on showing it. */
export function createHalt(): Halt {
  const controller = new AbortController();
  let why: string | undefined;
  let unanswered = 0;
  return {
    signal: controller.signal,
    get why() {
      return why;
    },
    hear: (error) => {
      unanswered = isSilence(error) ? unanswered + 1 : 0;
      if (stems(error, "STORE_UNAUTHORIZED")) why ??= "the store does not accept the credential";
      // Its message says how long; the next change would be told the same.
      if (stems(error, "STORE_BUSY")) why ??= "the store asks to wait longer than a run may";
      if (unanswered >= LONGEST_SILENCE)
        why ??= `the store gave no usable answer ${unanswered} times in a row`;
      if (why !== undefined) controller.abort();
    },
  };
}

/**
 * Whether it is `code`, or leaves open what the store has done because of it: that is how a thing ends that was begun
 * before. Sinks have causes too, which say nothing of the store.
 */
const stems = (error: unknown, code: ErrorCode): boolean =>
  isKeywrightError(error, code) || (isUnknown(error) && stems(error.cause, code));

const isSilence = (error: unknown): boolean => isKeywrightError(error) && SILENCE.has(error.code);

const SILENCE = new Set<ErrorCode>(["STORE_UNREACHABLE", "STORE_OUTCOME_UNKNOWN", "STORE_CONTRACT"]);
