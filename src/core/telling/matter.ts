/** What people are to be told of: it stands, or it does not, by what is seen now. */

import { plainLine } from "../plain-line.ts";
import {
  NOTIFICATION_TYPES,
  type NoticeEvent,
  type NoticeItem,
  type NotificationType,
} from "../notification.ts";

/** `leak` happens and is over; the others stand for some time. */
export type MatterFamily = "expiring" | "drift" | "run" | "leak";

export interface Matter {
  readonly family: MatterFamily;
  /** Its `key` says which matter it is. */
  readonly item: NoticeItem;
  /** When this gets less it is told again, as the days until an expiry. */
  readonly urgency?: number;
}

/** In characters, of each text. */
const LONGEST = 1000;

/** What stores, manifests and people wrote, fit to be told: one line each, not too long, and without what looks like a key. */
export const plainItem = (item: NoticeItem): NoticeItem =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, typeof value === "string" ? plain(value) : value]),
  ) as unknown as NoticeItem;

/** Cut once no key is in it, and made plain again where the cut went through a character. */
export const plain = (text: string, longest = LONGEST): string =>
  plainLine(plainLine(text).slice(0, longest));

interface FamilyTypes {
  readonly found: NotificationType;
  /** Absent: nobody is told that it is over. */
  readonly ended?: NotificationType;
}

export const FAMILIES: Readonly<Record<MatterFamily, FamilyTypes>> = {
  expiring: { found: "key-expiring" },
  drift: { found: "drift-found", ended: "drift-recovered" },
  run: { found: "run-failed", ended: "run-recovered" },
  leak: { found: "leak-handled" },
};

export const eventOf = (family: MatterFamily): NoticeEvent => NOTIFICATION_TYPES[FAMILIES[family].found];

/** What one look at the world says. */
export interface Observed {
  /** What stands now. */
  readonly matters: readonly Matter[];
  /** Whether a matter that was told, and is not among them, is over: it was looked for. */
  readonly isGone: (key: string, family: MatterFamily) => boolean;
  /** All was looked at, and is as declared: also what nobody remembers is over. */
  readonly isAllWell?: boolean;
}

export const observeAll = (...all: readonly Observed[]): Observed => ({
  matters: all.flatMap(({ matters }) => matters),
  isGone: (key, family) => all.some((each) => each.isGone(key, family)),
  isAllWell: all.some(({ isAllWell }) => isAllWell),
});
