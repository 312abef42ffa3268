/**
 * Which notices of expiry are owed. Nothing waits and nothing is counted down: what was told last stands in the ledger
 * record, and each run looks what is owed by then. After a downtime that is the most urgent notice alone, for three about
 * one key say no more than the last.
 */

import { keyText } from "./key-text.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { digestOf } from "./digest.ts";
import { isValid } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { currentOf, groupKeys, type KeyGroup } from "./key-group.ts";
import type { ExpiryNoticed, KeyRecord } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";

/** Days before the expiry, the most urgent first. A day is 24 hours. */
export const NOTICE_DAYS = [1, 7, 30] as const;

export interface ExpiryNotice {
  readonly type: "key-expiring";
  /** The same at every attempt: a receiver that gets it twice can tell. */
  readonly id: string;
  readonly instance: string;
  readonly name: string;
  /** The store's id of the key. */
  readonly keyId: string;
  readonly last4?: string;
  readonly owner?: string;
  readonly expiresAt: string;
  readonly daysBefore: (typeof NOTICE_DAYS)[number];
  /** One line for people; never holds a secret. */
  readonly message: string;
}

export interface OwedNotice {
  readonly notice: ExpiryNotice;
  /** What the ledger is to remember once it is sent. */
  readonly noticed: ExpiryNoticed;
  readonly record: KeyRecord | undefined;
}

/** Sorted by name. Of current keys only: a replaced one ends because it is to end. */
export const owedNotices = ({ desired, live, records, now }: NoticeFacts): readonly OwedNotice[] =>
  groupKeys(desired, live.keys, records).flatMap((group) => {
    const current = currentOf(group);
    return (current && owedNotice(group, current, desired.instance, now)) ?? [];
  });

export type NoticeFacts = Pick<Facts, "desired" | "records" | "now"> & {
  readonly live: Pick<Facts["live"], "keys">;
};

function owedNotice(
  { name, record, desired }: KeyGroup,
  key: OwnedKey,
  instance: string,
  now: Date,
): OwedNotice | undefined {
  const { id: keyId, last4, expiresAt } = key;
  const daysBefore = passedDays(key, now);
  if (expiresAt === undefined || daysBefore === undefined) return undefined;
  const { operation } = key.marker;
  const noticed = { operation, expiresAt, daysBefore };
  if (isTold(noticed, record?.noticed)) return undefined;
  const owner = desired?.owner ?? key.owner;
  const notice: ExpiryNotice = {
    type: "key-expiring",
    id: digestOf({ instance, ...noticed }),
    instance,
    name,
    keyId,
    ...(last4 !== undefined && { last4 }),
    ...(owner !== undefined && { owner }),
    expiresAt,
    daysBefore,
    message: `API key ${keyText({ id: name, ...(last4 !== undefined && { last4 }) })} expires ${timeLeft(Date.parse(expiresAt) - now.getTime())}, at ${expiresAt}`,
  };
  return { notice, noticed, record };
}

/** The most urgent threshold that has passed. One before the key was made does not count: whoever made it knew. */
function passedDays(key: OwnedKey, now: Date): ExpiryNotice["daysBefore"] | undefined {
  if (key.expiresAt === undefined || !isValid(key, now)) return undefined;
  const endMs = Date.parse(key.expiresAt);
  return NOTICE_DAYS.find((days) => {
    const dueMs = endMs - days * DAY_MS;
    return dueMs > Date.parse(key.createdAt) && dueMs <= now.getTime();
  });
}

/** That notice, or a more urgent one. Another expiry of the same key is another matter. */
const isTold = (owed: ExpiryNoticed, last: ExpiryNoticed | undefined): boolean =>
  last !== undefined &&
  last.operation === owed.operation &&
  last.expiresAt === owed.expiresAt &&
  last.daysBefore <= owed.daysBefore;

/** Rounded: a notice that goes out some seconds after its hour still tells of whole days. */
function timeLeft(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  if (hours >= 24) return `in ${count(Math.round(ms / DAY_MS), "day")}`;
  return hours >= 1 ? `in ${count(hours, "hour")}` : "in less than an hour";
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
