/**
 * Which notices are owed: a pure decision from what is known of keys and of earlier notices.
 *
 * A notice is owed from `daysBefore` days before the expiry until the expiry itself, by channel. Of several that are
 * owed at once, after a downtime say, only the most urgent is sent; the others are superseded, for three messages
 * about one key say no more than the last. So are those that still wait for another attempt when a more urgent one
 * becomes due. Days that lay before the key's creation are not owed: whoever makes a key for an hour knows it.
 */

import { DAY_MS } from "../../core/duration.ts";
import { type KeyRow, statusOf } from "../domain/key.ts";
import type { NoticeChannel, NoticeObject, NoticeRow } from "./notice.ts";

/** A key or token that has an expiry. */
export interface NoticeSubject {
  readonly objectType: NoticeObject;
  readonly objectId: string;
  readonly name: string;
  readonly last4: string;
  /** A token's is its user's e-mail address. */
  readonly owner: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** What `statusOf` looks at. */
  readonly life: Pick<KeyRow, "revoked_at" | "pending_until" | "expires_at" | "retire_at">;
}

export type EarlierNotice = Pick<
  NoticeRow,
  "id" | "object_id" | "expires_at" | "days_before" | "channel" | "status"
>;

/** What the operator wants. */
export interface NoticeTerms {
  readonly daysBefore: readonly number[];
  readonly channels: readonly NoticeChannel[];
}

export interface NewNotice {
  readonly subject: NoticeSubject;
  readonly channel: NoticeChannel;
  readonly daysBefore: number;
  readonly dueAt: string;
  readonly status: "pending" | "superseded";
}

export interface NoticeDecision {
  readonly create: readonly NewNotice[];
  /** Ids of earlier notices that need not be sent any more. */
  readonly supersede: readonly string[];
}

/** Whether anybody should be told of its expiry: it works, and nothing has replaced it. */
export const isNotifiable = ({ life }: Pick<NoticeSubject, "life">, now: Date): boolean =>
  statusOf(life, now) === "active" && life.retire_at === null;

/** `earlier` holds all notices of the subjects, those of other expiries too. A dropped one is as good as none. */
export function dueNotices(
  subjects: readonly NoticeSubject[],
  earlier: readonly EarlierNotice[],
  terms: NoticeTerms,
  now: Date,
): NoticeDecision {
  const told = new Map<string, EarlierNotice[]>();
  for (const notice of earlier.filter(({ status }) => status !== "dropped")) {
    const expiry = expiryOf(notice.object_id, notice.expires_at);
    told.set(expiry, [...(told.get(expiry) ?? []), notice]);
  }
  const decisions = subjects
    .filter((subject) => isNotifiable(subject, now))
    .flatMap((subject) => {
      const passed = passedDays(subject, terms.daysBefore, now);
      const ofThisExpiry = told.get(expiryOf(subject.objectId, subject.expiresAt)) ?? [];
      return terms.channels.map((channel) => decide(subject, channel, passed, ofThisExpiry));
    });
  return {
    create: decisions.flatMap(({ create }) => create),
    supersede: decisions.flatMap(({ supersede }) => supersede),
  };
}

const expiryOf = (objectId: string, expiresAt: string): string => `${objectId} ${expiresAt}`;

/** The most urgent first. */
function passedDays(
  { createdAt, expiresAt }: NoticeSubject,
  daysBefore: readonly number[],
  now: Date,
): readonly number[] {
  const created = Date.parse(createdAt);
  return [...new Set(daysBefore)]
    .filter((days) => dueTime(expiresAt, days) > created && dueTime(expiresAt, days) <= now.getTime())
    .sort((a, b) => a - b);
}

const dueTime = (expiresAt: string, daysBefore: number): number =>
  Date.parse(expiresAt) - daysBefore * DAY_MS;

function decide(
  subject: NoticeSubject,
  channel: NoticeChannel,
  [current, ...passed]: readonly number[],
  earlier: readonly EarlierNotice[],
): NoticeDecision {
  const told = earlier.filter((notice) => notice.channel === channel);
  if (current === undefined || told.some((notice) => notice.days_before <= current)) {
    return { create: [], supersede: [] };
  }
  const skipped = passed.filter((days) => !told.some((notice) => notice.days_before === days));
  const aNotice = (daysBefore: number, status: NewNotice["status"]): NewNotice => {
    const dueAt = new Date(dueTime(subject.expiresAt, daysBefore)).toISOString();
    return { subject, channel, daysBefore, dueAt, status };
  };
  return {
    create: [aNotice(current, "pending"), ...skipped.map((days) => aNotice(days, "superseded"))],
    supersede: told.filter(({ status }) => status === "pending").map(({ id }) => id),
  };
}
