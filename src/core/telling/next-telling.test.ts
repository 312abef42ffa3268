import fc from "fast-check";
import { expect, test } from "vitest";
import { MINUTE_MS } from "../duration.ts";
import { MOST_ITEMS, NOTICE_EVENTS, type NoticeEvent, type Notification } from "../notification.ts";
import type { Matter, MatterFamily, Observed } from "./matter.ts";
import { nextTelling, type Sending } from "./next-telling.ts";
import { settleTelling } from "./settle-telling.ts";
import type { ChannelWants, ToldNotices } from "./told.ts";

const START = Date.parse("2026-11-21T08:00:00Z");

const aMatter = (key: string, family: MatterFamily = "drift", urgency?: number): Matter => ({
  family,
  item: { key, message: `about ${key}` },
  ...(urgency !== undefined && { urgency }),
});

/** All that stands; what does not is over. */
const seen = (...matters: readonly Matter[]): Observed => ({ matters, isGone: () => true });

const aChannel = (name: string, ...events: readonly NoticeEvent[]): ChannelWants => ({
  name,
  events: events.length === 0 ? NOTICE_EVENTS : events,
});

const OPS = aChannel("ops");

interface Heard {
  readonly channel: string;
  readonly notification: Notification;
}

/** The ledger's part, and what channels heard. */
class Desk {
  told: ToldNotices = { matters: {} };
  version = 0;
  now = START;
  readonly heard: Heard[] = [];
  channels: readonly ChannelWants[] = [OPS];

  claim(observed: Observed): readonly Sending[] {
    const { told, version, channels } = this;
    const facts = { told, version, channels, observed, instance: "acme", store: "https://keys.example" };
    const { next, sendings } = nextTelling({ ...facts, now: new Date(this.now) });
    this.write(next);
    return sendings;
  }

  /** `down`: channels that fail. */
  settle(sendings: readonly Sending[], down: readonly string[] = []): void {
    const results = sendings.map((sending) => ({ sending, isSent: !down.includes(sending.channel) }));
    for (const { sending, isSent } of results) if (isSent) this.heard.push(sending);
    this.write(settleTelling(this.told, results, this.channels));
  }

  /** A whole session; gives what was heard: `ops drift-found a b`. */
  tell(observed: Observed, down: readonly string[] = []): readonly string[] {
    const before = this.heard.length;
    this.settle(this.claim(observed), down);
    return this.heard.slice(before).map(lineOf);
  }

  private write(next: ToldNotices): void {
    if (JSON.stringify(next) === JSON.stringify(this.told)) return;
    this.told = structuredClone(next);
    this.version += 1;
  }
}

const lineOf = ({ channel, notification: { type, items } }: Heard): string =>
  `${channel} ${type} ${items.map(({ key }) => key).join(" ")}`;

test("what stands is told once, as long as it stands, and its end is told once", () => {
  const desk = new Desk();
  expect(desk.tell(seen(aMatter("a")))).toEqual(["ops drift-found a"]);
  expect(desk.tell(seen(aMatter("a")))).toEqual([]);
  expect(desk.tell(seen(aMatter("a"), aMatter("b")))).toEqual(["ops drift-found b"]);
  expect(desk.tell(seen(aMatter("b")))).toEqual(["ops drift-recovered a"]);
  expect(desk.tell(seen())).toEqual(["ops drift-recovered b"]);
  expect(desk.tell(seen())).toEqual([]);
  expect(desk.told).toEqual({ matters: {} });
});

test("what comes back is told again, under another id", () => {
  const desk = new Desk();
  for (const observed of [seen(aMatter("a")), seen(), seen(aMatter("a")), seen()]) desk.tell(observed);
  expect(desk.heard.map(({ notification: { type } }) => type)).toEqual([
    "drift-found",
    "drift-recovered",
    "drift-found",
    "drift-recovered",
  ]);
  expect(new Set(desk.heard.map(({ notification: { id } }) => id)).size).toBe(4);
});

test("an expiry is told again when it gets more urgent, never when less, and its end is not told", () => {
  const desk = new Desk();
  const at = (days: number) => seen(aMatter("k", "expiring", days));
  expect(desk.tell(at(30))).toEqual(["ops key-expiring k"]);
  expect(desk.tell(at(30))).toEqual([]);
  expect(desk.tell(at(1))).toEqual(["ops key-expiring k"]);
  expect(desk.tell(at(7))).toEqual([]);
  expect(desk.tell(seen())).toEqual([]);
  expect(desk.told).toEqual({ matters: {} });
  expect(new Set(desk.heard.map(({ notification: { id } }) => id)).size).toBe(2);
});

test("a failed run and its recovery have words of their own, and what was not looked for is not over", () => {
  const desk = new Desk();
  desk.tell(seen(aMatter("run/x", "run"), aMatter("d")));
  const onlyDrift: Observed = { matters: [], isGone: (_key, family) => family === "drift" };
  expect(desk.tell(onlyDrift)).toEqual(["ops drift-recovered d"]);
  expect(desk.tell(onlyDrift)).toEqual([]);
  expect(desk.tell(seen())).toEqual(["ops run-recovered run/x"]);
});

test("a leak is told once to each channel, also by runs that know nothing of it, and then forgotten", () => {
  const desk = new Desk();
  desk.channels = [OPS, aChannel("mail")];
  expect(desk.tell(seen(aMatter("l", "leak")), ["mail"])).toEqual(["ops leak-handled l"]);
  expect(desk.tell(seen(), ["mail"])).toEqual([]);
  expect(desk.tell(seen())).toEqual(["mail leak-handled l"]);
  expect(desk.told).toEqual({ matters: {} });
});

test("a leak that a channel could not be told is forgotten when there is no such channel any more", () => {
  const desk = new Desk();
  desk.channels = [OPS, aChannel("mail")];
  desk.tell(seen(aMatter("l", "leak")), ["mail"]);
  desk.channels = [OPS];
  expect(desk.tell(seen())).toEqual([]);
  expect(desk.told).toEqual({ matters: {} });
});

test("each channel hears what it wants, and of an end only who heard of the beginning", () => {
  const desk = new Desk();
  desk.channels = [
    aChannel("drift", "drift"),
    aChannel("both", "drift", "recovered"),
    aChannel("ends", "recovered"),
  ];
  expect(desk.tell(seen(aMatter("a"), aMatter("r", "run")))).toEqual([
    "drift drift-found a",
    "both drift-found a",
  ]);
  expect(Object.keys(desk.told.matters)).toEqual(["a"]);
  expect(desk.tell(seen())).toEqual(["both drift-recovered a"]);
  expect(desk.tell(seen(aMatter("a")))).toEqual(["drift drift-found a", "both drift-found a"]);
});

test("a channel that is new hears what stands, and one that is gone is forgotten with the matter", () => {
  const desk = new Desk();
  desk.tell(seen(aMatter("a")));
  desk.channels = [aChannel("new")];
  expect(desk.tell(seen(aMatter("a")))).toEqual(["new drift-found a"]);
  desk.channels = [];
  expect(desk.tell(seen(aMatter("a")))).toEqual([]);
  expect(desk.tell(seen())).toEqual([]);
  expect(desk.told).toEqual({ matters: {} });
});

test("a channel that fails is told again under the same id, and keeps nobody else waiting", () => {
  const desk = new Desk();
  desk.channels = [OPS, aChannel("mail")];
  const first = desk.claim(seen(aMatter("a")));
  desk.settle(first, ["mail"]);
  const again = desk.claim(seen(aMatter("a")));
  expect(again.map(({ channel }) => channel)).toEqual(["mail"]);
  expect(again[0]?.notification.id).toBe(first[0]?.notification.id);
  desk.settle(again);
  expect(desk.tell(seen(), ["ops"])).toEqual(["mail drift-recovered a"]);
  expect(desk.tell(seen())).toEqual(["ops drift-recovered a"]);
});

test("what nobody could be told, and is over, is told to nobody", () => {
  const desk = new Desk();
  desk.tell(seen(aMatter("a")), ["ops"]);
  expect(desk.tell(seen())).toEqual([]);
  expect(desk.told).toEqual({ matters: {} });
});

test("while one tells, others leave it alone; who died is succeeded after some minutes, under the same id", () => {
  const desk = new Desk();
  const first = desk.claim(seen(aMatter("a")));
  expect(desk.tell(seen(aMatter("a")))).toEqual([]);
  expect(desk.tell(seen())).toEqual([]);
  desk.now += 5 * MINUTE_MS;
  const again = desk.claim(seen(aMatter("a")));
  expect(again.map(({ notification: { id } }) => id)).toEqual(first.map(({ notification: { id } }) => id));
  // Whoever was thought dead says so after all, and changes nothing that is not its own.
  desk.settle(first);
  expect(desk.told.matters["a"]?.channels["ops"]).toMatchObject({ telling: again[0]?.until });
  desk.settle(again);
  expect(desk.told.matters["a"]?.channels["ops"]).toBe("told");
});

test("whoever may have heard before a crash hears of the end", () => {
  const desk = new Desk();
  desk.claim(seen(aMatter("a")));
  desk.now += 5 * MINUTE_MS;
  expect(desk.tell(seen())).toEqual(["ops drift-recovered a"]);
});

test("an end that was told before a crash is told again under its id, or, where it stands again, as another matter", () => {
  const desk = new Desk();
  desk.tell(seen(aMatter("a")));
  const [end] = desk.claim(seen());
  expect(desk.tell(seen(aMatter("a")))).toEqual([]);
  desk.now += 5 * MINUTE_MS;
  const [again] = desk.claim(seen());
  expect(again?.notification.id).toBe(end?.notification.id);
  desk.now += 5 * MINUTE_MS;
  expect(desk.tell(seen(aMatter("a")))).toEqual(["ops drift-found a"]);
  const [first, last] = desk.heard;
  expect(last?.notification.id).not.toBe(first?.notification.id);
  desk.settle(again ? [again] : []);
  expect(desk.told.matters["a"]?.channels["ops"]).toBe("told");
});

test("what comes back before everybody heard of its end is another matter to those who did", () => {
  const desk = new Desk();
  desk.channels = [OPS, aChannel("mail")];
  desk.tell(seen(aMatter("a")));
  expect(desk.tell(seen(), ["ops"])).toEqual(["mail drift-recovered a"]);
  expect(desk.tell(seen(aMatter("a")))).toEqual(["mail drift-found a"]);
  const found = desk.heard.filter(({ notification: { type } }) => type === "drift-found");
  expect(new Set(found.map(({ notification: { id } }) => id)).size).toBe(2);
  expect(desk.tell(seen(aMatter("a")))).toEqual([]);
});

test("an end that was seen is told by the next look, also by one that does not look for it", () => {
  const desk = new Desk();
  desk.tell(seen(aMatter("a")));
  expect(desk.tell(seen(), ["ops"])).toEqual([]);
  expect(desk.tell({ matters: [], isGone: () => false })).toEqual(["ops drift-recovered a"]);
  expect(desk.told).toEqual({ matters: {} });
});

test("a process that died while its clock was far ahead keeps nobody waiting", () => {
  const desk = new Desk();
  desk.now = START + 400 * 24 * 60 * MINUTE_MS;
  desk.claim(seen(aMatter("a")));
  desk.now = START;
  expect(desk.tell(seen(aMatter("a")))).toEqual(["ops drift-found a"]);
});

test("what another process removed meanwhile stays removed", () => {
  const desk = new Desk();
  const sendings = desk.claim(seen(aMatter("a")));
  desk.told = { matters: {} };
  desk.settle(sendings);
  expect(desk.told).toEqual({ matters: {} });
});

test("a long list is cut with a count, and the end of what was not listed is told by its key", () => {
  const desk = new Desk();
  const many = Array.from({ length: MOST_ITEMS + 20 }, (_, index) => aMatter(`m${index}`));
  desk.tell(seen(...many));
  const [first] = desk.heard;
  expect(first?.notification).toMatchObject({ more: 20, title: "acme: drift, 120 findings" });
  expect(first?.notification.items).toHaveLength(MOST_ITEMS);
  expect(desk.tell(seen(...many))).toEqual([]);
  desk.tell(seen(...many.slice(0, -1)));
  expect(desk.heard.at(-1)?.notification).toMatchObject({
    items: [{ key: "m119", message: "m119" }],
    title: "acme: drift is over, 1 finding",
  });
});

test("names of members of an object are names of channels and matters as any other", () => {
  const desk = new Desk();
  desk.channels = [aChannel("constructor")];
  expect(desk.tell(seen(aMatter("toString")))).toEqual(["constructor drift-found toString"]);
  expect(desk.tell(seen(aMatter("toString")))).toEqual([]);
  expect(desk.tell(seen())).toEqual(["constructor drift-recovered toString"]);
});

test("A13: texts are told as one line each, without keys, and not longer than a thousand characters", () => {
  const desk = new Desk();
  const message = `${"x".repeat(999)}🔑 kw_test_`;
  const item = { key: "a\r\nb", message, hint: "a\u001b[31m\u202eb", generation: 3 };
  desk.tell(seen({ family: "drift", item }));
  const told = desk.heard[0]?.notification.items[0];
  expect(told).toEqual({ key: "a b", message: "x".repeat(999), hint: "a [31m b", generation: 3 });
  expect(desk.tell(seen({ family: "drift", item }))).toEqual([]);
});

test("what is remembered is enough to tell of the end, and no more", () => {
  const desk = new Desk();
  const item = {
    key: "altered/ApiKey/a/g1",
    message: "m".repeat(300),
    hint: "h",
    class: "altered" as const,
    kind: "ApiKey" as const,
    name: "a",
    id: "key_1",
    generation: 1,
  };
  desk.tell(seen({ family: "drift", item }));
  const { hint: _, generation: __, ...short } = item;
  expect(desk.told.matters[item.key]?.item).toEqual({ ...short, message: "m".repeat(200) });
  desk.tell(seen({ family: "drift", item: { key: "k", message: `${"m".repeat(199)}🔑` } }));
  expect(desk.told.matters["k"]?.item?.message).toBe("m".repeat(199));
});

// ── Properties ───────────────────────────────────────────────────────────────────────────────────────────

const KEYS = ["a", "b", "c"];
const someStep = fc.record({
  standing: fc.subarray(KEYS),
  down: fc.subarray(["ops", "mail"]),
  /** It dies between telling and settling. */
  dies: fc.boolean(),
  minutes: fc.integer({ min: 0, max: 12 }),
});

const NAMES = ["ops", "mail"];
/** As by a receiver that takes each id once. */
const heardOf = (desk: Desk, channel: string, key: string): readonly string[] =>
  [
    ...new Map(
      desk.heard
        .filter((one) => one.channel === channel)
        .toReversed()
        .map((one) => [one.notification.id, one]),
    ).values(),
  ]
    .toReversed()
    .flatMap(({ notification: { type, items } }) => (items.some((item) => item.key === key) ? type : []));

test("without crashes each channel hears beginning and end in turns, whatever fails", () => {
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 12 }), (steps) => {
      const desk = new Desk();
      desk.channels = NAMES.map((name) => aChannel(name));
      for (const { standing, down, minutes } of steps) {
        desk.now += minutes * MINUTE_MS;
        desk.tell(seen(...standing.map((key) => aMatter(key))), down);
      }
      for (const channel of NAMES) {
        for (const key of KEYS) {
          const types = heardOf(desk, channel, key);
          expect(types).toEqual(
            types.map((_, index) => (index % 2 === 0 ? "drift-found" : "drift-recovered")),
          );
        }
      }
    }),
  );
});

test("whatever failed or died, two looks that get through leave every channel knowing what stands", () => {
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 12 }), fc.subarray(KEYS), (steps, last) => {
      const desk = new Desk();
      desk.channels = NAMES.map((name) => aChannel(name));
      for (const { standing, down, dies, minutes } of steps) {
        desk.now += minutes * MINUTE_MS;
        const sendings = desk.claim(seen(...standing.map((key) => aMatter(key))));
        if (dies) desk.heard.push(...sendings);
        else desk.settle(sendings, down);
      }
      for (let look = 0; look < 2; look += 1) {
        desk.now += 6 * MINUTE_MS;
        desk.tell(seen(...last.map((key) => aMatter(key))));
      }
      for (const channel of NAMES) {
        for (const key of KEYS) {
          const newest = heardOf(desk, channel, key).at(-1);
          expect(newest ?? "drift-recovered").toBe(last.includes(key) ? "drift-found" : "drift-recovered");
        }
      }
      expect(desk.tell(seen(...last.map((key) => aMatter(key))))).toEqual([]);
    }),
  );
});
