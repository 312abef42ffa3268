/** What a board shows: all that stands, whenever it was found and by whatever look. */

import type { NoticeItem } from "../notification.ts";
import type { ToldNotices } from "./told.ts";

export interface Standing {
  /** By their keys. Drift has a class; what a run could not do has none. */
  readonly items: readonly NoticeItem[];
  /** How many there are besides. */
  readonly more: number;
}

/** What a board is to show now, and what is new about it. */
export interface BoardContent extends Standing {
  readonly instance: string;
  /** Of what stands: what the board has not shown. */
  readonly found: readonly NoticeItem[];
  /** What the board has shown, and is over. */
  readonly over: readonly NoticeItem[];
}

/** By what the ledger remembers, so that each process shows the same. */
export function standingOf({ matters }: ToldNotices, board: string): Standing {
  const own = Object.values(matters).filter(({ channels }) => {
    const state = new Map(Object.entries(channels)).get(board);
    return state === "told" || (state !== undefined && "telling" in state);
  });
  const items = own.flatMap(({ item }) => item ?? []);
  return { items, more: own.length - items.length };
}
