/** A set of texts as one line for people: sorted, without repetitions, equal for equal sets only. */

import { compareText } from "./issue.ts";

/** An item that could be taken for two, or for a quoted one, is quoted: `Edit keys, "View keys, audit"`. */
export const listText = (items: readonly string[]): string =>
  [...new Set(items)]
    .sort(compareText)
    .map((item) => (/[,"]/.test(item) ? JSON.stringify(item) : item))
    .join(", ");
