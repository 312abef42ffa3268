/**
 * What is not as it should be, by one look at the present: pure, and the same for the same facts. What was told before is
 * known by the key of each finding, not here.
 */

import { baselineOf } from "../baseline.ts";
import type { Change } from "../change.ts";
import { itemDigests, itemId } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import type { Limits } from "../guard.ts";
import { compareText } from "../issue.ts";
import type { Plan } from "../plan.ts";
import { causesOf } from "./cause.ts";
import type { CauseFacts } from "./cause-facts.ts";
import { DRIFT_CLASSES, type DriftPolicy, type DueChange, type Finding } from "./finding.ts";
import { fixableChanges } from "./fixable-changes.ts";
import { foreignFindings } from "./foreign-findings.ts";
import { itemFindings } from "./item-findings.ts";
import { breachFindings, orphanFindings } from "./key-findings.ts";
import { silentFinding } from "./silent-finding.ts";
import { type Subject, subjectsOf } from "./subject.ts";
import { unappliedFinding } from "./unapplied-finding.ts";

export interface Drift {
  /** By class, then by what they are about. */
  readonly findings: readonly Finding[];
  readonly due: readonly DueChange[];
  /** Of the plan: what mends the findings that are to be fixed, and what is due. */
  readonly fixes: readonly Change[];
}

type Planned = Pick<Plan, "changes" | "blocked" | "source" | "manifestDigest">;

/** `plan`: of the same facts, without requests. The store must have listed all that it holds. */
export function findDrift(facts: Facts, plan: Planned, limits: Limits, policy: DriftPolicy): Drift {
  const { applied } = baselineOf(facts.records);
  const context: CauseFacts = { facts, declared: itemDigests(facts.desired), applied };
  const fixes = fixableChanges(plan.changes, facts, limits, policy, (change) => causesOf(change, context));
  const fixed = new Set(
    fixes.flatMap((change) => causesOf(change, context).map((cause) => `${cause.class} ${itemId(change)}`)),
  );
  const hasFixed = [...fixed].some((each) => each.startsWith("unapplied-commit "));
  const subjects = subjectsOf(plan, context, limits);
  const findings = [
    ...itemFindings(subjects, policy, (name, item) => fixed.has(`${name} ${itemId(item)}`)),
    ...unappliedFinding(subjects, facts, plan, policy, hasFixed),
    ...orphanFindings(facts, plan, policy.orphan),
    ...foreignFindings(facts, policy.foreign),
    ...breachFindings(facts, policy["not-compliant"]),
    ...silentFinding(facts, policy["scheduler-silent"]),
  ];
  return { findings: findings.toSorted(inOrder), due: subjects.flatMap(dueOf), fixes };
}

function dueOf({ action, kind, name, causes, block, lacks }: Subject): readonly DueChange[] {
  const due = causes.filter((cause) => cause.class === "due").map(({ message }) => message);
  if (!action || due.length === 0) return [];
  const why = block?.message ?? lacks;
  const held = why === undefined ? [] : [`left alone: ${why}`];
  return [{ action, kind, name, message: [...due, ...held].join("; ") }];
}

const inOrder = (a: Finding, b: Finding): number =>
  DRIFT_CLASSES.indexOf(a.class) - DRIFT_CLASSES.indexOf(b.class) || compareText(a.key, b.key);
