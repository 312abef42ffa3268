/** Whether people agreed as the rules demand. GitHub's names mean the same in capital and small letters. */

import type { ApprovalFacts, ApprovalNeed, ApprovalRule } from "./approval.ts";
import { environmentText, labelText, reviewsOf, reviewsText } from "./rule-text.ts";

export interface MissingApproval {
  readonly need: ApprovalNeed;
  /** At least one; each for people: `the label reviewed`. */
  readonly missing: readonly string[];
  readonly hint: string;
}

/** The needs that are not met, each with all that it lacks. */
export const missingApprovals = (
  needs: readonly ApprovalNeed[],
  facts: ApprovalFacts,
): readonly MissingApproval[] =>
  needs.flatMap((need) => {
    const lacks = lacksOf(need.rule, facts);
    if (lacks.length === 0) return [];
    const hints = [...new Set(lacks.map(({ hint }) => hint))];
    return [{ need, missing: lacks.map(({ what }) => what), hint: hints.join("; ") }];
  });

interface Lack {
  readonly what: string;
  readonly hint: string;
}

function lacksOf(rule: ApprovalRule, facts: ApprovalFacts): readonly Lack[] {
  const { label, environment } = rule;
  return [
    ...(label === undefined || has(facts.labels, label)
      ? []
      : [{ what: labelText(label), hint: "set the label on the pull request" }]),
    ...reviewLack(rule, facts),
    ...(environment === undefined || has(facts.environments, environment)
      ? []
      : [
          {
            what: environmentText(environment),
            hint: "name that environment in the job, with required reviewers, and approve the run",
          },
        ]),
  ];
}

/** One person counts once, however often they approved. */
function reviewLack(rule: ApprovalRule, { approvals }: ApprovalFacts): readonly Lack[] {
  const { team } = rule;
  const counting = approvals.filter(({ teams }) => team === undefined || has(teams, team));
  const count = new Set(counting.map(({ user }) => user.toLowerCase())).size;
  if (count >= reviewsOf(rule)) return [];
  const there = count === 0 ? "" : ` (there ${count === 1 ? "is" : "are"} ${count})`;
  return [
    {
      what: `${reviewsText(rule)}${there}`,
      hint: "approve the pull request as it is now: no review counts of an earlier commit, by its author, or by who may not write here",
    },
  ];
}

const has = (names: readonly string[], name: string): boolean =>
  names.some((each) => each.toLowerCase() === name.toLowerCase());
