import type { Plan } from "../core/plan.ts";
import { renderBudget } from "./render-budget.ts";
import { summarizePlan } from "./summarize-plan.ts";
import { summarizeRisks } from "./summarize-risks.ts";

/** What is to do, what that costs and risks: paragraphs of Markdown. */
export function planLead(plan: Plan): string {
  const budget = plan.budget ? ` It takes ${renderBudget(plan.budget)}.` : "";
  const risks = summarizeRisks(plan.risks);
  return `**${summarizePlan(plan)}**${budget}\n${risks && `\n${risks}\n`}`;
}
