/** The changes of a plan as a review sees them. */

import type { Change } from "../change.ts";
import { itemId } from "../desired-item.ts";
import { isByItself, isLacking, lineOf } from "./review-line.ts";

export interface ReviewItem {
  /** See `reviewLine`. */
  readonly line: string;
  /** The same, but for whether a slot lacks its value. */
  readonly counterpart: string;
  readonly isLacking: boolean;
  readonly changes: readonly [Change, ...Change[]];
}

/**
 * In the order of `changes`. Of one key, what is updated and what goes by itself into a new key is one thing: which of the
 * two it is depends on the day.
 */
export function reviewItems(changes: readonly Change[]): readonly ReviewItem[] {
  const renewals = new Map(changes.filter(isByItself).map((change) => [change.name, change]));
  const updates = new Set(changes.filter(isKeyUpdate).map(itemId));
  return changes.flatMap((change): readonly ReviewItem[] => {
    if (isByItself(change)) return updates.has(itemId(change)) ? [] : [itemOf([change])];
    const renewal = isKeyUpdate(change) ? renewals.get(change.name) : undefined;
    return [itemOf(renewal ? [change, renewal] : [change])];
  });
}

const isKeyUpdate = ({ kind, action }: Change): boolean => kind === "ApiKey" && action === "update";

function itemOf(changes: ReviewItem["changes"]): ReviewItem {
  const lacks = changes.some(isLacking);
  return { line: lineOf(changes, lacks), counterpart: lineOf(changes, !lacks), isLacking: lacks, changes };
}
