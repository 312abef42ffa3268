import { type ErrorCode, isKeywrightError } from "../core/error.ts";

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
      if (isKeywrightError(error, "STORE_UNAUTHORIZED")) why ??= "the store does not accept the credential";
      // Its message says how long; the next change would be told the same.
      if (isKeywrightError(error, "STORE_BUSY")) why ??= "the store asks to wait longer than a run may";
      if (unanswered >= LONGEST_SILENCE)
        why ??= `the store gave no usable answer ${unanswered} times in a row`;
      if (why !== undefined) controller.abort();
    },
  };
}

const isSilence = (error: unknown): boolean => isKeywrightError(error) && SILENCE.has(error.code);

const SILENCE = new Set<ErrorCode>(["STORE_UNREACHABLE", "STORE_OUTCOME_UNKNOWN", "STORE_CONTRACT"]);
