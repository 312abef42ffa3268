import type { ApprovalNeed } from "../core/approval/approval.ts";
import { ruleText } from "../core/approval/rule-text.ts";
import { type Risk, riskLevelOf } from "../core/risk/risk.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";

/** One line for each risk, in the plan's order, then what they need before an apply; for text. */
export function renderRisks(
  risks: readonly Risk[],
  needs: readonly ApprovalNeed[],
  { strong, bad, warn, faint }: Style,
): readonly string[] {
  if (risks.length === 0) return [];
  return [
    strong("Risks"),
    ...risks.map((risk) => {
      const level = riskLevelOf(risk.class);
      return `  ${level === "high" ? bad(level) : warn(level)} ${risk.class}: ${printable(risk.message)}`;
    }),
    ...needs.map((need) => `  ${faint("needs")} ${printable(ruleText(need.rule))} (${classesOf(need)})`),
  ];
}

const classesOf = ({ risks }: ApprovalNeed): string =>
  [...new Set(risks.map((risk) => risk.class))].join(", ");
