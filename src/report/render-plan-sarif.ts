import type { Violation } from "../core/guard.ts";
import type { Position } from "../core/issue.ts";
import type { Plan } from "../core/plan.ts";
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
  const at = originOf(names, plan);
  return { code: guard, level: "error", message, hint, ...(at && { at }) };
}

/** Kinds whose names stand in violations. */
const CITED: ReadonlySet<string> = new Set(["ApiKey", "IpAllowlist"]);

/** Where the first of `names` that is still declared is declared. */
function originOf(names: readonly string[], { changes }: Plan): Position | undefined {
  for (const name of names) {
    const change = changes.find((each) => CITED.has(each.kind) && each.name === name && "desired" in each);
    if (change && "desired" in change) return change.desired.origin;
  }
  return undefined;
}
