import type { Change } from "../change.ts";
import { digestOf } from "../digest.ts";
import { compareText } from "../issue.ts";
import { reviewItems } from "./review-items.ts";

/** What a review is about, in no order of its own: sorted lines, each as often as there are such changes. */
export const reviewLines = (changes: readonly Change[]): readonly string[] =>
  reviewItems(changes)
    .map(({ line }) => line)
    .toSorted(compareText);

/** `sha256:<64 hex>` over what the changes mean: the same as long as the same is to be done. */
export const changesDigest = (changes: readonly Change[]): string => digestOfLines(reviewLines(changes));

/** `lines`: sorted. */
export const digestOfLines = (lines: readonly string[]): string => digestOf(lines);
