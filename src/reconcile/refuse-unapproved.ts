import { approvalRefusal } from "../core/approval/approval-guard.ts";
import { KeywrightError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { limitsOf } from "./limits-of.ts";
import type { World } from "./world.ts";

/** Throws GUARD_REFUSED for what `applyPlan` would refuse without approvals: before anybody is asked in vain. */
export function refuseUnapproved(world: World, { risks }: Plan, allowed: readonly string[]): void {
  const refusal = approvalRefusal(risks, limitsOf(world, allowed));
  if (refusal)
    throw new KeywrightError("GUARD_REFUSED", `approval: ${refusal.message}`, { hint: refusal.hint });
}
