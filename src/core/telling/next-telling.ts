/**
 * Who is to be told what, by what is seen and what was told before: pure, so that whoever looks at the same says the same.
 *
 * What is to be said is written down first, with a time until which others leave it alone, and settled afterwards
 * (`settle-telling.ts`): of several processes one tells, and one that dies in between leaves it to be told again, under
 * the same id.
 */

import { compareText } from "../issue.ts";
import { MOST_ITEMS, type NoticeItem, type Notification, type NotificationType } from "../notification.ts";
import { buildNotification, type NotificationBase, type TellingItem } from "./build-notification.ts";
import { FAMILIES, type Matter, type Observed, plainItem } from "./matter.ts";
import { asShown, inShort } from "./remembered-item.ts";
import { type Showing, showingOn } from "./showing-on.ts";
import {
  type ChannelState,
  type ChannelWants,
  CLAIM_MS,
  type Claim,
  isBusy,
  type ToldMatter,
  type ToldNotices,
} from "./told.ts";
import { hasHeard, wantingOf } from "./wanting-of.ts";

export interface TellingFacts extends NotificationBase {
  readonly told: ToldNotices;
  /** Of the record; 0: there is none. */
  readonly version: number;
  readonly observed: Observed;
  readonly channels: readonly ChannelWants[];
}

export interface Sending extends Claim {
  readonly notification: Notification;
}

export interface Telling {
  /** To be written before anything is sent. */
  readonly next: ToldNotices;
  readonly sendings: readonly Sending[];
  /** For each board that has something to show, or may have to be cleared. */
  readonly showings: readonly Showing[];
}

export function nextTelling(facts: TellingFacts): Telling {
  const { observed, told } = facts;
  const matters = observed.matters.map((matter) => ({ ...matter, item: plainItem(matter.item) }));
  const until = new Date(facts.now.getTime() + CLAIM_MS).toISOString();
  const before = new Map(Object.entries(told.matters));
  const seen = new Set(matters.map(({ item }) => item.key));
  const steps = [
    ...matters.map((matter, index) => standing(matter, before.get(matter.item.key), index, facts, until)),
    ...[...before].filter(([key]) => !seen.has(key)).map(([key, entry]) => absent(key, entry, facts, until)),
  ];
  const kept = steps.flatMap(({ key, entry }) => (entry ? [[key, entry] as const] : []));
  const next = { matters: Object.fromEntries(kept.toSorted(([a], [b]) => compareText(a, b))) };
  return {
    next,
    sendings: sendingsOf(steps, facts, until),
    showings: boardsOf(facts).flatMap((board) => showingOn(board, steps, next, facts, until)),
  };
}

export interface Step {
  readonly key: string;
  /** What is remembered; absent: nothing. */
  readonly entry?: ToldMatter;
  readonly item: NoticeItem;
  readonly type: NotificationType;
  readonly isEnd: boolean;
  /** Who is told. */
  readonly to: readonly string[];
}

function standing(
  matter: Matter,
  before: ToldMatter | undefined,
  index: number,
  facts: TellingFacts,
  until: string,
): Step {
  const { item } = matter;
  const entry = before && !isMoreUrgent(matter, before) ? before : begun(matter, index, facts);
  const isShown = index < MOST_ITEMS && wantingOf(entry, boardsOf(facts)).length > 0;
  return telling(item, isShown ? { ...entry, item: asShown(item) } : entry, facts, until);
}

const boardsOf = ({ channels }: TellingFacts): readonly ChannelWants[] =>
  channels.filter(({ isBoard }) => isBoard);

const isMoreUrgent = ({ urgency = 0 }: Matter, before: ToldMatter): boolean =>
  urgency < (before.urgency ?? 0);

const begun = ({ family, item, urgency }: Matter, index: number, { version }: TellingFacts): ToldMatter => ({
  family,
  since: version + 1,
  ...(urgency !== undefined && { urgency }),
  ...(family === "leak" ? { item } : index < MOST_ITEMS && { item: inShort(item) }),
  channels: {},
});

/** To every channel that wants it and has not heard. */
function telling(item: NoticeItem, entry: ToldMatter, facts: TellingFacts, until: string): Step {
  const { key } = item;
  const states = new Map(Object.entries(entry.channels));
  const wanting = wantingOf(entry, facts.channels);
  const to = wanting.filter((name) => isOwed(states.get(name), facts.now));
  const type = FAMILIES[entry.family].found;
  if (wanting.length === 0 && states.size === 0) return { key, item, type, isEnd: false, to };
  for (const name of to) states.set(name, { telling: until, ...doubtOf(states.get(name)) });
  const next = back({ ...entry, channels: Object.fromEntries(states) }, to, facts);
  return { key, entry: next, item, type, isEnd: false, to };
}

/** Whoever heard of its end hears of another matter now; where its end is being told, once that is known. */
function back(
  { isOver, ...entry }: ToldMatter,
  to: readonly string[],
  { version }: TellingFacts,
): ToldMatter {
  if (isOver && to.length > 0) return { ...entry, since: version + 1 };
  return isOver && Object.values(entry.channels).some(isEnding) ? { ...entry, isOver } : entry;
}

const isOwed = (state: ChannelState | undefined, now: Date): boolean =>
  state === undefined || (state !== "told" && !isBusy(state, now));

const isEnding = (state: ChannelState): boolean => typeof state === "object" && "ending" in state;

/** Somebody was at it, and died. */
const doubtOf = (state: ChannelState | undefined): { readonly mayKnow?: true } =>
  typeof state === "object" ? { mayKnow: true } : {};

/** What was told, and is not seen now. */
function absent(key: string, entry: ToldMatter, facts: TellingFacts, until: string): Step {
  const { family, item = { key, message: key } } = entry;
  if (family === "leak") {
    if (hasHeard(entry, facts.channels))
      return { key, item, type: FAMILIES[family].found, isEnd: false, to: [] };
    return telling(item, entry, facts, until);
  }
  // What was seen to be over stays so until it is seen again.
  if (entry.isOver || facts.observed.isGone(key, family)) return ending(inShort(item), entry, facts, until);
  const boards = boardsOf(facts);
  if (wantingOf(entry, boards).length > 0) return telling(item, entry, { ...facts, channels: boards }, until);
  return { key, entry, item, type: FAMILIES[family].found, isEnd: true, to: [] };
}

/** Those hear of the end who heard, or may have heard, of the beginning. */
function ending(item: NoticeItem, entry: ToldMatter, { channels, now }: TellingFacts, until: string): Step {
  const { found, ended = found } = FAMILIES[entry.family];
  const wanting = new Set(
    channels
      .filter(({ events, isBoard }) => ended !== found && (isBoard || events.includes("recovered")))
      .map(({ name }) => name),
  );
  const states = Object.entries(entry.channels);
  const busy = states.filter(([, state]) => isBusy(state, now));
  const heard = states.filter(([name, state]) => !isBusy(state, now) && wanting.has(name));
  const left = [
    ...busy,
    ...heard.map(([name, state]) => [name, { ending: until, ...doubtOf(state) }] as const),
  ];
  const step = { key: item.key, item, type: ended, isEnd: true, to: heard.map(([name]) => name) };
  if (left.length === 0) return step;
  const over = heard.length > 0 && ({ isOver: true } as const);
  return { ...step, entry: { ...entry, channels: Object.fromEntries(left), ...over } };
}

/** One for each channel and type. */
function sendingsOf(steps: readonly Step[], facts: TellingFacts, until: string): readonly Sending[] {
  const boards = new Set(boardsOf(facts).map(({ name }) => name));
  const groups = new Map<string, { channel: string; step: Step; items: TellingItem[] }>();
  for (const step of steps) {
    for (const channel of step.to.filter((name) => !boards.has(name))) {
      const id = `${step.type} ${channel}`;
      const group = groups.get(id) ?? { channel, step, items: [] };
      group.items.push({ item: step.item, entry: step.entry as ToldMatter });
      groups.set(id, group);
    }
  }
  return [...groups.values()].map(({ channel, step: { type, isEnd }, items }) => ({
    channel,
    notification: buildNotification(type, items, facts),
    keys: items.map(({ item }) => item.key),
    isEnd,
    until,
  }));
}
