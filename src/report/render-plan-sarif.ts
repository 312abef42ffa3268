import type { Violation } from "../core/guard.ts";
import type { Plan } from "../core/plan.ts";
import { originOfNames } from "./change-origin.ts";
import { type Finding, renderSarif } from "./render-sarif.ts";

/** What a plan cannot or must not do, as SARIF: refusals of guards are errors, what is left alone warnings. */
export const renderPlanSarif = (plan: Plan): string =>
  renderSarif("keywright-plan", [
    ...plan.violations.map((violation) => violationFinding(violation, plan)),
    ...plan.blocked.map(({ name, code, message, hint, at }): Finding => ({
      code,
      level: "warning",
      message: `${name}: ${message}`,
      hint,
      ...(at && { at }),
    })),
  ]);

function violationFinding({ guard, message, hint, names }: Violation, plan: Plan): Finding {
  const at = originOfNames(names, plan);
  return { code: guard, level: "error", message, hint, ...(at && { at }) };
}
