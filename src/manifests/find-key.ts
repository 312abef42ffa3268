import { containsKey } from "../core/key-format.ts";

/** The end of a key: an underscore and its 46 characters. */
const KEY_END = /_[0-9A-Za-z]{46}/g;
/** How far before its end a key is looked for: prefix and environment are short words. */
const REACH = 80;
const MIN_LENGTH = 50;

/**
 * The offset at which a real API key stands in `text`, as near as its line needs; undefined: there is none.
 * Takes time in proportion to the text, whatever it holds.
 */
export function findKey(text: string): number | undefined {
  if (text.length < MIN_LENGTH) return undefined;
  for (const match of text.matchAll(KEY_END)) {
    const start = Math.max(0, match.index - REACH);
    if (containsKey(text.slice(start, match.index + match[0].length))) return match.index;
  }
  return undefined;
}
