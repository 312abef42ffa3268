import { DAY_MS } from "../../core/duration.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EarlierNotice, type NoticeSubject, type NoticeTerms, dueNotices } from "./due-notices.ts";
import type { NoticeChannel } from "./notice.ts";

const EXPIRY = Date.parse("2027-04-01T00:00:00.000Z");
const at = (ms: number): string => new Date(ms).toISOString();
const daysBefore = (days: number, ms = 0): Date => new Date(EXPIRY - days * DAY_MS + ms);

const TERMS: NoticeTerms = { daysBefore: [30, 7, 1], channels: ["log"] };
type Life = NoticeSubject["life"];

const aSubject = (life: Partial<Life> = {}, createdAt = at(EXPIRY - 300 * DAY_MS)): NoticeSubject => ({
  objectType: "API_KEY",
  objectId: "key_1",
  name: "Scanner",
  last4: "ab12",
  owner: null,
  createdAt,
  expiresAt: life.expires_at ?? at(EXPIRY),
  life: { revoked_at: null, pending_until: null, expires_at: at(EXPIRY), retire_at: null, ...life },
});

const anEarlier = (days: number, over: Partial<EarlierNotice> = {}): EarlierNotice => ({
  id: `notice_${days}`,
  object_id: "key_1",
  expires_at: at(EXPIRY),
  days_before: days,
  channel: "log",
  status: "sent",
  ...over,
});

/** What is to be sent, and what is not, at `now`. */
function decide(
  now: Date,
  { subject = aSubject(), earlier = [] as readonly EarlierNotice[], terms = TERMS } = {},
): { readonly send: readonly number[]; readonly skip: readonly number[]; readonly stop: readonly string[] } {
  const { create, supersede } = dueNotices([subject], earlier, terms, now);
  const days = (status: string) =>
    create.filter((notice) => notice.status === status).map((notice) => notice.daysBefore);
  return { send: days("pending"), skip: days("superseded"), stop: supersede };
}

test.each([
  ["31 days before", 31, 0, []],
  ["a millisecond before the 30 days", 30, -1, []],
  ["at the 30 days", 30, 0, [30]],
  ["a millisecond before the 7 days", 7, -1, [30]],
  ["at exactly 7 days", 7, 0, [7]],
  ["a millisecond after it", 7, 1, [7]],
  ["a millisecond before the last day", 1, -1, [7]],
  ["at the last day", 1, 0, [1]],
  ["in the last millisecond", 0, -1, [1]],
  ["at the expiry", 0, 0, []],
  ["long after it", -400, 0, []],
])("A11: %s a key without earlier notices is told of: %#", (_when, days, ms, expected) => {
  expect(decide(daysBefore(days, ms)).send).toEqual(expected);
});

test("A11: a downtime over several days gives the most urgent notice, and the others are superseded", () => {
  expect(decide(daysBefore(1))).toEqual({ send: [1], skip: [7, 30], stop: [] });
  expect(decide(daysBefore(1), { earlier: [anEarlier(30)] })).toEqual({ send: [1], skip: [7], stop: [] });
});

test("A11: a notice that still waits to be sent gives way to a more urgent one", () => {
  const earlier = [anEarlier(30, { status: "pending" })];
  expect(decide(daysBefore(7), { earlier })).toEqual({ send: [7], skip: [], stop: ["notice_30"] });
  expect(decide(daysBefore(8), { earlier })).toEqual({ send: [], skip: [], stop: [] });
});

test.each<[string, Partial<Life>]>([
  ["revoked", { revoked_at: at(EXPIRY - 20 * DAY_MS) }],
  ["pending", { pending_until: at(EXPIRY) }],
  ["replaced", { retire_at: at(EXPIRY - DAY_MS) }],
  ["replaced, with an overlap beyond its expiry", { retire_at: at(EXPIRY + DAY_MS) }],
])("A11: there is no notice of a key that is %s", (_state, life) => {
  expect(decide(daysBefore(7), { subject: aSubject(life) })).toEqual({ send: [], skip: [], stop: [] });
});

test("A11: another expiry gives other notices, and the first one given back gives none again", () => {
  const subject = aSubject({ expires_at: at(EXPIRY + DAY_MS) });
  const earlier = [anEarlier(7), anEarlier(30)];
  expect(decide(daysBefore(6), { subject, earlier }).send).toEqual([7]);
  expect(decide(daysBefore(6), { earlier }).send).toEqual([]);
});

test("what came to nothing is owed again when the key lives after all", () => {
  expect(decide(daysBefore(6), { earlier: [anEarlier(7, { status: "dropped" })] }).send).toEqual([7]);
});

test("days that lay before the key's creation are not owed", () => {
  const bornWith = (days: number, ms = 0) => aSubject({}, daysBefore(days, ms).toISOString());
  expect(decide(daysBefore(5), { subject: bornWith(5) }).send).toEqual([]);
  expect(decide(daysBefore(7), { subject: bornWith(7) }).send).toEqual([]);
  expect(decide(daysBefore(7), { subject: bornWith(7, -1) }).send).toEqual([7]);
  expect(decide(daysBefore(1), { subject: bornWith(5) })).toEqual({ send: [1], skip: [], stop: [] });
});

test("a channel that is new is told of the present state, and the old one is not told again", () => {
  const terms: NoticeTerms = { ...TERMS, channels: ["log", "email"] };
  const { create } = dueNotices([aSubject()], [anEarlier(7), anEarlier(30)], terms, daysBefore(5));
  expect(create.map(({ channel, daysBefore, status }) => [channel, daysBefore, status])).toEqual([
    ["email", 7, "pending"],
    ["email", 30, "superseded"],
  ]);
});

test("other days in the settings do not repeat what was told", () => {
  const terms: NoticeTerms = { ...TERMS, daysBefore: [14, 8, 3] };
  expect(decide(daysBefore(6), { earlier: [anEarlier(7)], terms }).send).toEqual([]);
  expect(decide(daysBefore(3), { earlier: [anEarlier(7)], terms }).send).toEqual([3]);
});

// ── Properties ───────────────────────────────────────────────────────────────────────────────────────────

const CHANNELS: readonly NoticeChannel[] = ["log", "webhook"];
const someDays = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 });
/** Rounds at any times, by days before the expiry, with the outcome of the sending; hours make thresholds meet. */
const someRounds = fc.array(
  fc.record({ hoursBefore: fc.integer({ min: -48, max: 62 * 24 }), isSent: fc.boolean() }),
  { maxLength: 30 },
);

interface Sending {
  readonly channel: NoticeChannel;
  readonly days: number;
  readonly now: number;
}

/** Lives through the rounds as the notifier does, and gives all that was sent. */
function live(
  subject: NoticeSubject,
  days: readonly number[],
  rounds: readonly { readonly hoursBefore: number; readonly isSent: boolean }[],
): readonly Sending[] {
  const terms = { daysBefore: days, channels: CHANNELS };
  const sent: Sending[] = [];
  let rows: EarlierNotice[] = [];
  for (const { hoursBefore, isSent } of rounds.toSorted((a, b) => b.hoursBefore - a.hoursBefore)) {
    const now = new Date(EXPIRY - hoursBefore * 3_600_000);
    const { create, supersede } = dueNotices([subject], rows, terms, now);
    rows = rows.map((row) => (supersede.includes(row.id) ? { ...row, status: "superseded" } : row));
    for (const { channel, daysBefore: days_before, status } of create) {
      rows.push(anEarlier(days_before, { id: `${channel} ${days_before}`, channel, status }));
    }
    rows = rows.map((row) => {
      if (row.status !== "pending" || !isSent) return row;
      sent.push({ channel: row.channel, days: row.days_before, now: now.getTime() });
      return { ...row, status: "sent" };
    });
  }
  return sent;
}

test("A11: no notice is sent twice, or before its time, and each is more urgent than the last", () => {
  fc.assert(
    fc.property(someDays, someRounds, (listed, rounds) => {
      const sent = live(aSubject(), listed, rounds);
      for (const channel of CHANNELS) {
        const told = sent.filter((one) => one.channel === channel);
        expect(told.filter((one) => one.now < EXPIRY - one.days * DAY_MS)).toEqual([]);
        const days = told.map((one) => one.days);
        expect(days).toEqual([...new Set(days)].sort((a, b) => b - a));
      }
    }),
  );
});

test("A11: after any past, a round that can send leaves nothing owed: late, not never", () => {
  fc.assert(
    fc.property(someDays, someRounds, fc.integer({ min: 1, max: 60 * 24 }), (days, rounds, hoursBefore) => {
      const earlier = rounds.filter((round) => round.hoursBefore > hoursBefore);
      const sent = live(aSubject(), days, [...earlier, { hoursBefore, isSent: true }]);
      const passed = days.filter((day) => day * 24 >= hoursBefore);
      const last = sent.findLast(({ channel }) => channel === "webhook");
      expect(last?.days).toBe(passed.length === 0 ? undefined : Math.min(...passed));
    }),
  );
});

test("A11: nothing at all is sent for a key that is revoked, pending or replaced", () => {
  const dead = fc.constantFrom<Partial<Life>>(
    { revoked_at: at(EXPIRY - 90 * DAY_MS) },
    { pending_until: at(EXPIRY - 90 * DAY_MS) },
    { retire_at: at(EXPIRY + 90 * DAY_MS) },
  );
  fc.assert(
    fc.property(dead, someDays, someRounds, (life, days, rounds) => {
      expect(live(aSubject(life), days, rounds)).toEqual([]);
    }),
  );
});
