import type { ChannelState, ChannelWants, Claim, ToldMatter, ToldNotices } from "./told.ts";
import { hasHeard } from "./wanting-of.ts";

export interface SendingResult {
  readonly sending: Claim;
  readonly isSent: boolean;
}

/**
 * What the ledger is to remember once it is known who heard. `told`: as the ledger has it by then; what others do at the
 * same time stays as it is.
 */
export function settleTelling(
  { matters }: ToldNotices,
  results: readonly SendingResult[],
  channels: readonly ChannelWants[],
): ToldNotices {
  const entries = new Map(Object.entries(matters));
  for (const result of results) {
    for (const key of result.sending.keys) {
      const entry = entries.get(key);
      const next = entry && settled(entry, result);
      if (!next) continue;
      if (isOver(next, result.sending, channels)) entries.delete(key);
      else entries.set(key, next);
    }
  }
  return { matters: Object.fromEntries(entries) };
}

/** Undefined: another process has taken it over. */
function settled(entry: ToldMatter, { sending, isSent }: SendingResult): ToldMatter | undefined {
  const { channel, isEnd } = sending;
  const states = new Map(Object.entries(entry.channels));
  const state = states.get(channel);
  if (!isOurs(state, sending)) return undefined;
  // Left as if its teller had died, so that nobody stays with half of the story.
  if (!isSent && "mayKnow" in state) return entry;
  if (isSent === isEnd) states.delete(channel);
  else states.set(channel, "told");
  return { ...entry, channels: Object.fromEntries(states) };
}

const isOurs = (
  state: ChannelState | undefined,
  { isEnd, until }: Claim,
): state is Exclude<ChannelState, "told"> =>
  typeof state === "object" &&
  (isEnd ? "ending" in state && state.ending === until : "telling" in state && state.telling === until);

/** Nothing is left to tell. What nobody could be told is kept: the next attempt has the same id. */
function isOver(entry: ToldMatter, { isEnd }: Claim, channels: readonly ChannelWants[]): boolean {
  if (isEnd) return Object.keys(entry.channels).length === 0;
  return entry.family === "leak" && hasHeard(entry, channels);
}
