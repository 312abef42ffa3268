/** What a board shows, by what the ledger remembers: all that stands, whichever look saw it last. */

import { expect, test } from "vitest";
import { MINUTE_MS } from "../duration.ts";
import { MOST_ITEMS, NOTICE_EVENTS, type NoticeItem } from "../notification.ts";
import type { Matter, MatterFamily, Observed } from "./matter.ts";
import { nextTelling, type Telling } from "./next-telling.ts";
import { settleTelling } from "./settle-telling.ts";
import { standingOf } from "./standing.ts";
import type { ChannelWants, ToldNotices } from "./told.ts";

const START = Date.parse("2026-11-21T08:00:00Z");

const aMatter = (key: string, over: Partial<NoticeItem> = {}, family: MatterFamily = "drift"): Matter => ({
  family,
  item: { key, message: `about ${key}`, ...over },
});

const seen = (...matters: readonly Matter[]): Observed => ({ matters, isGone: () => true });
/** Says nothing of what it did not see. */
const glimpsed = (...matters: readonly Matter[]): Observed => ({ matters, isGone: () => false });

const BOARD: ChannelWants = { name: "board", events: ["drift", "run-failed"], isBoard: true };
const OPS: ChannelWants = { name: "ops", events: NOTICE_EVENTS };

const keysOf = (items: readonly NoticeItem[]): string => items.map(({ key }) => key).join(" ");

class Desk {
  told: ToldNotices = { matters: {} };
  version = 0;
  now = START;
  channels: readonly ChannelWants[] = [BOARD];

  claim(observed: Observed): Telling {
    const { told, version, channels } = this;
    const telling = nextTelling({
      told,
      version,
      channels,
      observed,
      instance: "acme",
      now: new Date(this.now),
    });
    this.told = telling.next;
    this.version += 1;
    return telling;
  }

  settle({ showings, sendings }: Telling, isSent = true): void {
    const claims = [...sendings, ...showings.flatMap(({ claims: each }) => each)];
    this.told = settleTelling(
      this.told,
      claims.map((sending) => ({ sending, isSent })),
      this.channels,
    );
  }

  /** `standing | found | over`, or undefined where the board is left alone. */
  look(observed: Observed, isSent = true): string | undefined {
    const telling = this.claim(observed);
    this.settle(telling, isSent);
    const [showing] = telling.showings;
    if (!showing) return undefined;
    const { items, found, over } = showing.content;
    return `${keysOf(items)} | ${keysOf(found)} | ${keysOf(over)}`;
  }
}

test("a board shows all that stands at every look, and what is new or over once", () => {
  const desk = new Desk();
  expect(desk.look(seen(aMatter("a")))).toBe("a | a | ");
  expect(desk.look(seen(aMatter("a")))).toBe("a |  | ");
  expect(desk.look(seen(aMatter("b"), aMatter("a")))).toBe("a b | b | ");
  expect(desk.look(seen(aMatter("b")))).toBe("b |  | a");
  expect(desk.look(seen())).toBe(" |  | b");
  expect(desk.look(seen())).toBeUndefined();
  expect(desk.told.matters).toEqual({});
});

test("what a look says nothing of still stands, in the words in which it was seen last", () => {
  const desk = new Desk();
  const item = { hint: "do it", class: "altered", response: "fix", code: "C" } as const;
  desk.look(seen(aMatter("a", { ...item, hint: "do that" })));
  desk.look(seen(aMatter("a", { ...item, message: "m".repeat(400) })));
  const { showings } = desk.claim(glimpsed(aMatter("r", {}, "run")));
  expect(showings[0]?.content.items).toEqual([
    { key: "a", ...item, message: "m".repeat(300) },
    { key: "r", message: "about r" },
  ]);
});

test("a board shows only what it is for, and nobody is told through it", () => {
  const desk = new Desk();
  desk.channels = [{ ...BOARD, events: ["drift"] }, OPS];
  const telling = desk.claim(seen(aMatter("a"), aMatter("r", {}, "run"), aMatter("e", {}, "expiring")));
  expect(telling.showings[0]?.content.items.map(({ key }) => key)).toEqual(["a"]);
  expect(telling.sendings.map(({ channel }) => channel)).toEqual(["ops", "ops", "ops"]);
});

test("beside a board others hear of the end as short as ever", () => {
  const desk = new Desk();
  desk.channels = [BOARD, OPS];
  desk.look(seen(aMatter("a", { hint: "do it", response: "fix" })));
  expect(desk.claim(seen()).sendings[0]?.notification.items).toEqual([{ key: "a", message: "about a" }]);
});

test("a board that is added later shows what stands, also what this look says nothing of", () => {
  const desk = new Desk();
  desk.channels = [OPS];
  desk.look(seen(aMatter("a", { hint: "do it" }), aMatter("r", {}, "run")));
  desk.channels = [OPS, BOARD];
  expect(desk.look(glimpsed())).toBe("a r | a r | ");
  expect(desk.look(glimpsed())).toBe("a r |  | ");
});

test("what could not be shown is new again at the next look, and its end is over again", () => {
  const desk = new Desk();
  expect(desk.look(seen(aMatter("a")), false)).toBe("a | a | ");
  expect(desk.look(seen(aMatter("a")))).toBe("a | a | ");
  expect(desk.look(seen(), false)).toBe(" |  | a");
  expect(desk.look(seen())).toBe(" |  | a");
});

test("what was over is not shown again by a look that says nothing of it", () => {
  const desk = new Desk();
  desk.channels = [BOARD, OPS];
  desk.look(seen(aMatter("a")));
  const telling = desk.claim(seen());
  // The board shows it; nobody else hears of it.
  desk.settle({ ...telling, sendings: [] });
  expect(desk.look(glimpsed())).toBeUndefined();
  expect(desk.look(glimpsed(aMatter("b")))).toBe("b | b | ");
});

test("while a process is at it another shows the same, and takes it up when that one has died", () => {
  const desk = new Desk();
  desk.claim(seen(aMatter("a")));
  expect(desk.look(seen(aMatter("a"), aMatter("b")))).toBe("a b | b | ");
  desk.now += 6 * MINUTE_MS;
  expect(desk.look(seen(aMatter("a"), aMatter("b")))).toBe("a b | a | ");
});

test("what is being taken off the board is not shown by others", () => {
  const desk = new Desk();
  desk.look(seen(aMatter("a")));
  desk.claim(seen());
  expect(standingOf(desk.told, "board")).toEqual({ items: [], more: 0 });
});

test("of more than can be listed the rest is counted", () => {
  const desk = new Desk();
  const many = Array.from({ length: MOST_ITEMS + 7 }, (_, n) => aMatter(`k${1000 + n}`));
  const [showing] = desk.claim(seen(...many)).showings;
  expect(showing?.content.items).toHaveLength(MOST_ITEMS);
  expect(showing?.content.more).toBe(7);
  expect(showing?.content.found).toHaveLength(MOST_ITEMS + 7);
});

test("where all is well an empty board is looked at, for the ledger may have forgotten what it shows", () => {
  const desk = new Desk();
  expect(desk.look({ ...seen(), isAllWell: true })).toBe(" |  | ");
  expect(desk.look({ ...glimpsed(), isAllWell: false })).toBeUndefined();
});
