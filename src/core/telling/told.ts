/** What the ledger remembers of what was told, and to whom: nothing is told twice, and what ends was told before. */

import { MINUTE_MS } from "../duration.ts";
import type { KeyRecord } from "../key-record.ts";
import type { NoticeEvent, NoticeItem } from "../notification.ts";
import type { MatterFamily } from "./matter.ts";

/** Of the record: a key's name has no slash. */
export const NOTICES_RECORD = "store/notices";

/**
 * `telling` and `ending`: a process is at it, and has until then (ISO 8601); later it has died, and whether the channel
 * heard is not known. `mayKnow`: it may have heard, by one that died.
 */
export type ChannelState =
  | "told"
  | { readonly telling: string; readonly mayKnow?: true }
  | { readonly ending: string; readonly mayKnow?: true };

export interface ToldMatter {
  readonly family: MatterFamily;
  /** The version of the record that first had it: tells it from the same matter at another time. */
  readonly since: number;
  readonly urgency?: number;
  /** As it was told; absent where it was not listed. */
  readonly item?: NoticeItem;
  /** By the channel's name. */
  readonly channels: Readonly<Record<string, ChannelState>>;
  /** It was seen to be over, and somebody who heard of it does not know yet, or is being told. */
  readonly isOver?: true;
}

export interface ToldNotices {
  /** By the matter's key. */
  readonly matters: Readonly<Record<string, ToldMatter>>;
}

export const toldOf = (records: ReadonlyMap<string, Pick<KeyRecord, "notices">>): ToldNotices =>
  records.get(NOTICES_RECORD)?.notices ?? { matters: {} };

/** A channel as far as it matters who hears what. */
export interface ChannelWants {
  readonly name: string;
  readonly events: readonly NoticeEvent[];
  /** It shows what stands, and is not told of each matter. */
  readonly isBoard?: true;
}

/** What a process has written down that it is at. */
export interface Claim {
  readonly channel: string;
  /** Of the matters. */
  readonly keys: readonly string[];
  readonly isEnd: boolean;
  /** ISO 8601. Until then others leave it alone. */
  readonly until: string;
}

/** Longer than any channel takes for one message, and than clocks differ. */
export const CLAIM_MS = 5 * MINUTE_MS;

/** Whether a process may be at it right now. Nobody has longer than a claim: a later end is of a clock that was wrong. */
export function isBusy(state: ChannelState, now: Date): boolean {
  if (state === "told") return false;
  const leftMs = Date.parse("telling" in state ? state.telling : state.ending) - now.getTime();
  return leftMs > 0 && leftMs <= 2 * CLAIM_MS;
}
