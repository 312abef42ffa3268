import { isKeywrightError, type KeywrightError } from "../core/error.ts";

/** Whether the store may or may not have carried it out: it gave no answer, or none that can be believed. */
export const isUnknown = (error: unknown): error is KeywrightError =>
  isKeywrightError(error, "STORE_OUTCOME_UNKNOWN") || isKeywrightError(error, "STORE_CONTRACT");
