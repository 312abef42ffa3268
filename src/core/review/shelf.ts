/** The lines of reviewed plans, each to be used up as often as it was shown. */

import { groupBy } from "../group-by.ts";
import type { ReviewedPlan } from "./reviewed-plan.ts";
import { splitLine } from "./review-line.ts";

interface Shown {
  /** By the pull request that showed it most often: two that show the same removal mean one. */
  readonly left: number;
  readonly by: readonly { readonly pull: number; readonly fields: ReadonlySet<string> }[];
}

/** By the heads of lines. */
export type Shelf = Map<string, Shown>;

export function shelve(reviewed: readonly ReviewedPlan[]): Shelf {
  const shelf: Shelf = new Map();
  for (const { pull, lines = [] } of reviewed) {
    for (const [head, all] of groupBy(lines.map(splitLine), (line) => line.head)) {
      const { left = 0, by = [] } = shelf.get(head) ?? {};
      const fields = new Set(all.flatMap((line) => line.fields));
      shelf.set(head, { left: Math.max(left, all.length), by: [...by, { pull, fields }] });
    }
  }
  return shelf;
}

export interface Wanted {
  readonly heads: readonly string[];
  /** All of them must have been shown; more is no harm: what is as it should be by now needs nothing. */
  readonly fields: readonly string[];
}

/** Which pull requests showed the first of `heads` that is left. `isUsed`: then it is used up once. */
export function takeFrom(shelf: Shelf, { heads, fields }: Wanted, isUsed: boolean): readonly number[] {
  for (const head of heads) {
    const shown = shelf.get(head);
    const by = shown?.by.filter((each) => fields.every((field) => each.fields.has(field))) ?? [];
    if (!shown || shown.left === 0 || by.length === 0) continue;
    if (isUsed) shelf.set(head, { ...shown, left: shown.left - 1 });
    return by.map(({ pull }) => pull);
  }
  return [];
}
