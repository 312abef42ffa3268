/** Turns the doing of one change into its outcome: nothing escapes as an exception. */

import type { Change } from "../core/change.ts";
import { isKeywrightError } from "../core/error.ts";
import { redactKeys } from "../core/key-format.ts";
import type { ChangeOutcome, Outcome } from "../core/run.ts";
import type { Run } from "./effect.ts";
import { isUnknown } from "./is-unknown.ts";

/** What a change that worked has to say. */
export interface Done {
  readonly message: string;
  readonly deliveredTo?: readonly string[];
}

export async function attempt(run: Run, change: Change, act: () => Promise<Done>): Promise<ChangeOutcome> {
  if (run.signal.aborted) return notRun(change, run.halt.why ?? "the run was interrupted first");
  const { clock } = run.world;
  const started = clock.now().getTime();
  const base = subject(change);
  try {
    const done = await act();
    run.halt.hear();
    return { ...base, outcome: "applied", ...done, durationMs: clock.now().getTime() - started };
  } catch (error) {
    run.halt.hear(error);
    return { ...base, ...failure(error), durationMs: clock.now().getTime() - started };
  }
}

export const notRun = (change: Change, why: string): ChangeOutcome => ({
  ...subject(change),
  outcome: "not-run",
  message: why,
  durationMs: 0,
});

const subject = ({ action, kind, name }: Change): Pick<ChangeOutcome, "action" | "kind" | "name"> => ({
  action,
  kind,
  name,
});

function failure(error: unknown): Pick<ChangeOutcome, "message" | "error"> & { readonly outcome: Outcome } {
  if (!isKeywrightError(error)) {
    const message = redactKeys(
      error instanceof Error ? `${error.name}: ${error.message}` : "something was thrown that is no error",
    );
    const hint = "this is a bug in Keywright; please report it";
    return { outcome: "failed", message, error: { code: "BUG", message, hint } };
  }
  const { code, hint } = error;
  const message = redactKeys(error.message);
  return {
    outcome: isUnknown(error) ? "unknown" : "failed",
    message,
    error: { code, message, ...(hint !== undefined && { hint: redactKeys(hint) }) },
  };
}
