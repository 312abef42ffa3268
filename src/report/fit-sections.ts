/** Cuts a long document between its items, and says what it left out. */

export interface Section {
  /** What its items are: `changes`. */
  readonly items: readonly string[];
  readonly what: string;
  /** Stands before the items; nothing is shown of a section none of whose items fit. */
  readonly before: string;
  readonly after: string;
}

/** Room for the note on what was left out. */
const NOTE_LENGTH = 400;

/**
 * `head`, then the sections in order of importance, each with as many of its first items as fit into
 * `maxLength` UTF-16 code units, then `note` with what is missing. Only a `head` without room for it can exceed.
 */
export function fitSections(
  head: string,
  sections: readonly Section[],
  maxLength: number,
  note: (missing: string) => string,
): string {
  const full = head + sections.map((section) => render(section, section.items)).join("");
  if (full.length <= maxLength) return full;
  let text = head;
  const missing: string[] = [];
  for (const section of sections) {
    const fitting = fittingItems(section, maxLength - NOTE_LENGTH - text.length);
    text += render(section, fitting);
    const left = section.items.length - fitting.length;
    if (left > 0) missing.push(`${left} of ${section.items.length} ${section.what}`);
  }
  return text + note(missing.join(", "));
}

const render = ({ before, after }: Section, items: readonly string[]): string =>
  items.length === 0 ? "" : before + items.join("") + after;

function fittingItems({ items, before, after }: Section, room: number): readonly string[] {
  let left = room - before.length - after.length;
  const end = items.findIndex((item) => (left -= item.length) < 0);
  return end < 0 ? items : items.slice(0, end);
}
