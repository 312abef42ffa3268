/** What stands in a plan or is wrong with manifests, at the lines that say so. */

import { compareIssues, type Issue } from "../core/issue.ts";
import type { Plan } from "../core/plan.ts";
import { riskLevelOf } from "../core/risk/risk.ts";
import { type Annotation, annotationAt } from "./annotation.ts";
import { originOfChange, originOfNames } from "./change-origin.ts";
import { riskText } from "./summarize-risks.ts";

/**
 * Refusals of guards are failures, what is left alone and high risks are warnings, other risks notices; in that order.
 * What has no line, since its manifest is gone, has no annotation.
 */
export const planAnnotations = (plan: Plan): readonly Annotation[] => [
  ...plan.violations.flatMap(({ guard, message, hint, names }) => {
    const at = originOfNames(names, plan);
    return at ? [annotationAt(at, "failure", guard, [message, `hint: ${hint}`])] : [];
  }),
  ...plan.blocked.flatMap(({ name, code, message, hint, at }) =>
    at ? [annotationAt(at, "warning", code, [`${name}: ${message}`, `hint: ${hint}`])] : [],
  ),
  ...riskAnnotations(plan, "high"),
  ...riskAnnotations(plan, "elevated"),
];

function riskAnnotations({ changes, risks }: Plan, level: "high" | "elevated"): readonly Annotation[] {
  return risks
    .filter((risk) => riskLevelOf(risk.class) === level)
    .flatMap(({ class: name, kind, name: risky, message }) => {
      const origins = changes
        .filter((change) => change.kind === kind && change.name === risky)
        .flatMap((change) => originOfChange(change) ?? []);
      const [at] = origins;
      const title = `${level} risk: ${riskText(name)}`;
      return at ? [annotationAt(at, level === "high" ? "warning" : "notice", title, [message])] : [];
    });
}

/** By file and line. Those without a place have no annotation. */
export const issueAnnotations = (issues: readonly Issue[]): readonly Annotation[] =>
  issues.toSorted(compareIssues).flatMap(({ severity, code, message, hint, at }) => {
    const lines = hint === undefined ? [message] : [message, `hint: ${hint}`];
    return at ? [annotationAt(at, severity === "error" ? "failure" : "warning", code, lines)] : [];
  });
