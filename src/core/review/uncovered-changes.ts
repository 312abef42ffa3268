/**
 * Which changes nobody has agreed to: what the pull requests did not show, and what is neither due nor drift that the
 * configuration says to fix. After a merge only the rest may be carried out.
 */

import { baselineOf } from "../baseline.ts";
import type { Change, RevokeKey } from "../change.ts";
import { itemDigests } from "../desired-item.ts";
import { causesOf } from "../drift/cause.ts";
import { type CauseFacts, recordOf } from "../drift/cause-facts.ts";
import type { DriftPolicy } from "../drift/finding.ts";
import { isChosen } from "../drift/fixable-changes.ts";
import type { Facts } from "../facts.ts";
import { changesDigest } from "./changes-digest.ts";
import type { ReviewedPlan } from "./reviewed-plan.ts";
import { type ReviewItem, reviewItems } from "./review-items.ts";
import { splitLine } from "./review-line.ts";
import { type Shelf, shelve, takeFrom, type Wanted } from "./shelf.ts";
import { whyUncovered } from "./why-uncovered.ts";

/** How a change came to be agreed to, or why it was not. */
export interface Coverage {
  readonly change: Change;
  /** Numbers of the pull requests that showed it. None: it needs no review, or lacks one. */
  readonly pulls: readonly number[];
  /** Absent: it may be carried out. One line for people. */
  readonly why?: string;
}

export interface UncoveredChange {
  readonly change: Change;
  readonly why: string;
}

type Reviewing = readonly [
  changes: readonly Change[],
  facts: Facts,
  reviewed: readonly ReviewedPlan[],
  policy: DriftPolicy,
];

/** `changes`: of a plan of `facts`. Empty: all of them may be carried out. */
export const uncoveredChanges = (...about: Reviewing): readonly UncoveredChange[] =>
  coverageOf(...about).flatMap(({ change, why }) => (why === undefined ? [] : { change, why }));

/** Of each change, in the order of `reviewItems`. */
export function coverageOf(...[changes, facts, reviewed, policy]: Reviewing): readonly Coverage[] {
  const digest = changesDigest(changes);
  const whole = reviewed.filter((plan) => plan.changesDigest === digest).map(({ pull }) => pull);
  const shelf = shelve(reviewed);
  const goes = goesAlone(facts, policy, removedNames(changes, shelf));
  return reviewItems(changes).flatMap((item) => {
    const isFree = item.changes.every(goes);
    const pulls = [...new Set([...whole, ...takeFrom(shelf, wantedOf(item, policy), !isFree)])];
    const isCovered = isFree || pulls.length > 0;
    const why = isCovered ? {} : { why: whyUncovered(item.changes[0], reviewed) };
    return item.changes.map((change) => ({ change, pulls, ...why }));
  });
}

/**
 * That a value which was to be brought is there meanwhile is no news; what was lost or altered since is drift, which may be
 * mended if the configuration says so.
 */
function wantedOf({ line, counterpart, isLacking }: ReviewItem, policy: DriftPolicy): Wanted {
  const { head, fields } = splitLine(line);
  const heads = isLacking && policy["sink-stale"] !== "fix" ? [head] : [head, splitLine(counterpart).head];
  return { heads, fields: policy.altered === "fix" ? [] : fields };
}

/** Names whose end was shown. */
const removedNames = (changes: readonly Change[], shelf: Shelf): ReadonlySet<string> =>
  new Set(
    reviewItems(changes.filter(isRemoval))
      .filter(({ line }) => shelf.has(splitLine(line).head))
      .map(({ changes: [{ name }] }) => name),
  );

const isRemoval = (change: Change): change is RevokeKey =>
  change.kind === "ApiKey" && change.action === "revoke" && change.reason === "removed";

/** Whether a change needs no review. What nobody has applied yet always needs one, whatever a drift check may do with it. */
function goesAlone(
  facts: Facts,
  drift: DriftPolicy,
  removed: ReadonlySet<string>,
): (change: Change) => boolean {
  const { applied } = baselineOf(facts.records);
  const context: CauseFacts = { facts, declared: itemDigests(facts.desired), applied };
  const policy: DriftPolicy = { ...drift, "unapplied-commit": "report" };
  return (change) =>
    isChosen(change, causesOf(change, context), policy) ||
    (isRemoval(change) && removed.has(change.name) && isRetiring(change, context));
}

/** It was replaced since the review, and would have gone with the overlap: it goes with its name. */
const isRetiring = ({ name, key }: RevokeKey, context: CauseFacts): boolean =>
  recordOf(name, context)?.retiring.some(({ operation }) => operation === key.operation) === true;
