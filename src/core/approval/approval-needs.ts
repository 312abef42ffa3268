import type { Risk } from "../risk/risk.ts";
import type { ApprovalNeed, ApprovalRule } from "./approval.ts";

/** In the order of the rules: each that names the class of a risk, with those risks. All of them are to be met. */
export const approvalNeeds = (
  risks: readonly Risk[],
  rules: readonly ApprovalRule[],
): readonly ApprovalNeed[] =>
  rules
    .map((rule) => ({ rule, risks: risks.filter((risk) => rule.risks.includes(risk.class)) }))
    .filter((need) => need.risks.length > 0);
