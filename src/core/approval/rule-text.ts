import type { ApprovalRule } from "./approval.ts";

/** What a rule demands, for people: `the label reviewed and 2 approving reviews by acme/security`. */
export function ruleText(rule: ApprovalRule): string {
  const parts = ruleParts(rule);
  const last = parts.at(-1) ?? "nothing";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

export const labelText = (label: string): string => `the label ${label}`;
export const environmentText = (environment: string): string =>
  `a run that a person approved for environment ${environment}`;

function ruleParts(rule: ApprovalRule): readonly string[] {
  const { label, environment } = rule;
  return [
    ...(label === undefined ? [] : [labelText(label)]),
    ...(reviewsOf(rule) === 0 ? [] : [reviewsText(rule)]),
    ...(environment === undefined ? [] : [environmentText(environment)]),
  ];
}

/** How many approving reviews a rule demands. */
export const reviewsOf = ({ team, reviews }: ApprovalRule): number => reviews ?? (team === undefined ? 0 : 1);

export function reviewsText(rule: ApprovalRule): string {
  const count = reviewsOf(rule);
  const by = rule.team === undefined ? "" : ` by ${rule.team}`;
  return `${count === 1 ? "an approving review" : `${count} approving reviews`}${by}`;
}
