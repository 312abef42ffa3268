import { isKeywrightError } from "../core/error.ts";

/** What went wrong, and what to do about it, in one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return "something was thrown";
  return isKeywrightError(error) && error.hint !== undefined
    ? `${error.message} (${error.hint})`
    : error.message;
}
