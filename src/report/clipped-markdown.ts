/** Names and prose inside Markdown, each no longer than a reader reads (security check G10). */

import { clip } from "./clip.ts";
import { htmlCode, markdownCode } from "./markdown-code.ts";
import { markdownText } from "./markdown-text.ts";
import { printable } from "./printable.ts";

const NAME_LENGTH = 200;
const PROSE_LENGTH = 400;

// Printable first: half a key would not be recognised as one.
/** A code span of at most 200 characters of `text`, for a line or a table's cell. */
export const codeOf = (text: string): string => markdownCode(clip(printable(text), NAME_LENGTH));

/** The same for raw HTML. */
export const htmlCodeOf = (text: string): string => htmlCode(clip(printable(text), NAME_LENGTH));

const DIGEST = /(\bsha256:[0-9a-f]{64}\b)/;

/** Text of at most 400 characters of `text`, for a line or a table's cell. A digest is a code span: it is there to be copied. */
export const proseOf = (text: string): string =>
  clip(printable(text), PROSE_LENGTH)
    .split(DIGEST)
    .map((part, index) => (index % 2 === 1 ? markdownCode(part) : markdownText(part)))
    .join("");

const ABBREVIATED = 12;

/** A commit as people read it. */
export const commitOf = (commit: string): string => codeOf(commit.slice(0, ABBREVIATED));
