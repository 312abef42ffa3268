import { eventOf } from "./matter.ts";
import type { ChannelWants, ToldMatter } from "./told.ts";

/** The names of the channels that are to hear of it. */
export const wantingOf = (
  { family }: Pick<ToldMatter, "family">,
  channels: readonly ChannelWants[],
): readonly string[] =>
  channels.filter(({ events }) => events.includes(eventOf(family))).map(({ name }) => name);

/** Whether everybody who is to hear of it has. */
export function hasHeard(entry: ToldMatter, channels: readonly ChannelWants[]): boolean {
  const states = new Map(Object.entries(entry.channels));
  return wantingOf(entry, channels).every((name) => states.get(name) === "told");
}
