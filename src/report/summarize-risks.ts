import { RISK_CLASSES, type Risk, type RiskClass, riskLevelOf } from "../core/risk/risk.ts";

/** `privilege widened`. */
export const riskText = (name: RiskClass): string => name.replaceAll("-", " ");

/** `Risk **high**: 1 first admin, 2 expiry lengthened.`; empty: there is none. Markdown that holds no foreign text. */
export function summarizeRisks(risks: readonly Risk[]): string {
  const counted = RISK_CLASSES.map((name) => ({
    name,
    count: risks.filter((risk) => risk.class === name).length,
  })).filter(({ count }) => count > 0);
  if (counted.length === 0) return "";
  const level = counted.some(({ name }) => riskLevelOf(name) === "high") ? "high" : "elevated";
  return `Risk **${level}**: ${counted.map(({ name, count }) => `${count} ${riskText(name)}`).join(", ")}.`;
}
