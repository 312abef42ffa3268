/** What a notice says, in data and in words. It never holds a secret. */

import { DAY_MS } from "../../core/duration.ts";
import { plainLine } from "../../core/plain-line.ts";
import type { NoticeSubject } from "./due-notices.ts";
import type { NoticeObject } from "./notice.ts";

export interface NoticeMessage {
  /** The same at every attempt. */
  readonly id: string;
  readonly storeId: string;
  readonly objectType: NoticeObject;
  readonly objectId: string;
  /** One line. */
  readonly name: string;
  readonly last4: string;
  /** One line. */
  readonly owner: string | null;
  readonly expiresAt: string;
  readonly daysBefore: number;
  readonly dueAt: string;
  /** Rounded; 0: less than half a day. */
  readonly daysLeft: number;
  /** `API key "Scanner" (…ab12) expires in 7 days`. */
  readonly title: string;
}

/** The row's own part of a notice. */
interface NoticeFacts {
  readonly id: string;
  readonly storeId: string;
  readonly daysBefore: number;
  readonly dueAt: string;
}

export const NOTICE_WORDS: Readonly<Record<NoticeObject, string>> = {
  API_KEY: "API key",
  PERSONAL_API_KEY: "Personal token",
};

const HOUR_MS = 3_600_000;

export function buildMessage(facts: NoticeFacts, subject: NoticeSubject, now: Date): NoticeMessage {
  const { objectType, objectId, last4, expiresAt } = subject;
  const name = plainLine(subject.name);
  const leftMs = Date.parse(expiresAt) - now.getTime();
  return {
    ...facts,
    objectType,
    objectId,
    name,
    last4,
    owner: subject.owner === null ? null : plainLine(subject.owner),
    expiresAt,
    daysLeft: Math.round(leftMs / DAY_MS),
    title: `${NOTICE_WORDS[objectType]} "${name}" (…${last4}) expires ${renderTimeLeft(leftMs)}`,
  };
}

/** A day is told as a day although a notice goes out some seconds after its hour. */
export function renderTimeLeft(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  if (hours >= 24) return `in ${count(Math.round(ms / DAY_MS), "day")}`;
  return ms >= HOUR_MS ? `in ${count(hours, "hour")}` : "in less than an hour";
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
