import { EXIT } from "../core/error.ts";
import type { Mode } from "./inputs.ts";

/**
 * Whether the step succeeds with this exit code. Changes that are pending are what a plan is for; whether findings of a drift
 * check are a failure, people say. `mode`: absent where it did not come so far.
 */
export function isSuccess(code: number, mode: Mode | undefined, failsOnDrift: boolean): boolean {
  if (code === EXIT.pending) return mode !== "drift" || !failsOnDrift;
  return code === EXIT.done;
}
