import type { NoticeItem } from "../notification.ts";
import type { Step, TellingFacts } from "./next-telling.ts";
import { type BoardContent, standingOf } from "./standing.ts";
import type { ChannelWants, Claim, ToldNotices } from "./told.ts";

export interface Showing {
  readonly board: string;
  readonly content: BoardContent;
  /** Of what is new about it. */
  readonly claims: readonly Claim[];
}

/** `next`: what the ledger remembers by then. Empty where there is nothing to show, and nothing that may have to be cleared. */
export function showingOn(
  { name }: ChannelWants,
  steps: readonly Step[],
  next: ToldNotices,
  { instance, observed }: TellingFacts,
  until: string,
): readonly Showing[] {
  const own = steps.filter(({ to }) => to.includes(name));
  const found = own.filter(({ isEnd }) => !isEnd);
  const over = own.filter(({ isEnd }) => isEnd);
  const standing = standingOf(next, name);
  const isClear = own.length + standing.items.length + standing.more === 0;
  if (isClear && observed.isAllWell !== true) return [];
  const claims = [
    { steps: found, isEnd: false },
    { steps: over, isEnd: true },
  ].flatMap(({ steps: each, isEnd }): readonly Claim[] =>
    each.length === 0 ? [] : [{ channel: name, keys: each.map(({ key }) => key), isEnd, until }],
  );
  return [
    { board: name, claims, content: { instance, ...standing, found: itemsOf(found), over: itemsOf(over) } },
  ];
}

const itemsOf = (steps: readonly Step[]): readonly NoticeItem[] => steps.map(({ item }) => item);
