import { plainLine } from "../core/plain-line.ts";

/** One line of at most `most` characters, the last of which tells that there was more. */
export function clipped(text: string, most: number): string {
  const characters = Array.from(plainLine(text));
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}
