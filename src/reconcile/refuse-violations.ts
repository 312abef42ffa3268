import { KeywrightError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";

/** Throws GUARD_REFUSED with all that the guards have against it. */
export function refuseViolations({ violations }: Pick<Plan, "violations">): void {
  if (violations.length === 0) return;
  const message = violations.map(({ guard, message: what }) => `${guard}: ${what}`).join("; ");
  throw new KeywrightError("GUARD_REFUSED", message, {
    hint: violations.map(({ hint }) => hint).join("; "),
  });
}
