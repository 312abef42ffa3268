/** Cuts a long document between its items, and says what it left out. */

export interface Section {
  /** What its items are: `changes`. */
  readonly items: readonly string[];
  readonly what: string;
  /** Stands before the items; nothing is shown of a section none of whose items fit. */
  readonly before: string;
  readonly after: string;
  /** Fills up to this part (0 to 1) of the document before the sections without a share get the rest. */
  readonly share?: number;
}

/** Room for the note on what was left out. */
const NOTE_LENGTH = 400;

/**
 * `head`, then the sections, each with as many of its first items as fit into `maxLength` UTF-16 code units, then
 * `note` with what is missing. Room goes to those with a share first, then in their order: where one without a share is
 * cut, those after it are left out. Only a `head` without room for it can exceed.
 */
export function fitSections(
  head: string,
  sections: readonly Section[],
  maxLength: number,
  note: (missing: string) => string,
): string {
  const full = head + sections.map((section) => render(section, section.items)).join("");
  if (full.length <= maxLength) return full;
  const fitting = new Map<Section, readonly string[]>();
  let room = maxLength - NOTE_LENGTH - head.length;
  for (const section of byClaim(sections)) {
    const items = fittingItems(section, Math.min(room, (section.share ?? 1) * maxLength));
    fitting.set(section, items);
    room -= render(section, items).length;
    if (section.share === undefined && items.length < section.items.length) room = 0;
  }
  const shown = sections.map((section) => render(section, fitting.get(section) ?? [])).join("");
  const missing = sections.flatMap((section) => missingOf(section, fitting.get(section) ?? []));
  return head + shown + note(missing.join(", "));
}

const byClaim = (sections: readonly Section[]): readonly Section[] => [
  ...sections.filter(({ share }) => share !== undefined),
  ...sections.filter(({ share }) => share === undefined),
];

const render = ({ before, after }: Section, items: readonly string[]): string =>
  items.length === 0 ? "" : before + items.join("") + after;

function fittingItems({ items, before, after }: Section, room: number): readonly string[] {
  let left = room - before.length - after.length;
  const end = items.findIndex((item) => (left -= item.length) < 0);
  return end < 0 ? items : items.slice(0, end);
}

function missingOf({ items, what }: Section, shown: readonly string[]): readonly string[] {
  const left = items.length - shown.length;
  return left === 0 ? [] : [`${left} of ${items.length} ${what}`];
}
