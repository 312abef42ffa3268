/**
 * The hidden last line of a comment, by which it is found again. No text inside a comment can look like it: see
 * `markdown-code.ts` and `markdown-text.ts` (security check G10).
 */

const SHAPE = /^<!-- keywright:[a-z]+ [a-z0-9][a-z0-9-]* -->$/;

/** `purpose`: what the comment is kept up to date with. `instance` as the configuration validated it. */
export function commentMarker(purpose: "plan" | "apply" | "drift", instance: string): string {
  const marker = `<!-- keywright:${purpose} ${instance} -->`;
  if (!SHAPE.test(marker)) throw new Error("an instance's name is lower-case letters, digits and dashes");
  return marker;
}

/** `text`, then `marker` as a line of its own. Throws for what is no marker, or for a text with one of its own. */
export function closeComment(text: string, marker: string): string {
  if (!SHAPE.test(marker)) throw new Error("a comment ends in a marker of commentMarker");
  if (text.includes("<!--")) throw new Error("a comment's text holds no other marker");
  return `${text}\n${marker}\n`;
}

/** UTF-16 code units that `closeComment` adds. */
export const closingLength = (marker: string): number => marker.length + 2;
