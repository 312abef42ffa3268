import type { NoticeItem } from "../notification.ts";
import { plain } from "./matter.ts";

const LONGEST = 200;
const LONGEST_SHOWN = 300;

/** Enough to tell of the end. */
export const inShort = ({ key, message, class: name, kind, name: of, id }: NoticeItem): NoticeItem => ({
  key,
  message: plain(message, LONGEST),
  ...(name !== undefined && { class: name }),
  ...(kind !== undefined && { kind }),
  ...(of !== undefined && { name: of }),
  ...(id !== undefined && { id }),
});

/** Enough for a board that shows it as long as it stands, also after looks that see nothing of it. */
export const asShown = (item: NoticeItem): NoticeItem => ({
  ...inShort(item),
  message: plain(item.message, LONGEST_SHOWN),
  ...(item.hint !== undefined && { hint: plain(item.hint, LONGEST_SHOWN) }),
  ...(item.response !== undefined && { response: item.response }),
  ...(item.code !== undefined && { code: item.code }),
});
