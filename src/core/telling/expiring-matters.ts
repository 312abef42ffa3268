/**
 * Keys that are about to expire: 30, 7 and 1 days before. Nothing waits and nothing is counted down: each run looks what
 * stands by then. After a downtime that is the most urgent threshold alone, for three notices about one key say no more
 * than the last.
 */

import { keyText } from "../key-text.ts";
import { DAY_MS, HOUR_MS } from "../duration.ts";
import { isValid } from "../expiry.ts";
import type { Facts } from "../facts.ts";
import { currentOf, groupKeys, type KeyGroup } from "../key-group.ts";
import type { OwnedKey } from "../live.ts";
import type { Matter, Observed } from "./matter.ts";

/** Days before the expiry, the most urgent first. A day is 24 hours. */
export const NOTICE_DAYS = [1, 7, 30] as const;

export type ExpiringFacts = Pick<Facts, "desired" | "records" | "now"> & {
  readonly live: Pick<Facts["live"], "keys" | "complete">;
};

/** Sorted by name. Of current keys only: a replaced one ends because it is to end. */
export const observeExpiring = (facts: ExpiringFacts): Observed => ({
  matters: groupKeys(facts.desired, facts.live.keys, facts.records).flatMap((group) => {
    const current = currentOf(group);
    return (current && expiring(group, current, facts.now)) ?? [];
  }),
  isGone: (_key, family) => family === "expiring" && facts.live.complete,
});

function expiring({ name, desired }: KeyGroup, key: OwnedKey, now: Date): Matter | undefined {
  const { id, last4, expiresAt } = key;
  const daysBefore = passedDays(key, now);
  if (expiresAt === undefined || daysBefore === undefined) return undefined;
  const { operation, generation } = key.marker;
  const owner = desired?.owner ?? key.owner;
  const text = keyText({ id: name, ...(last4 !== undefined && { last4 }) });
  return {
    family: "expiring",
    // Another expiry of the same key is another matter.
    item: {
      key: `expiring/ApiKey/${name}/${operation}/${expiresAt}`,
      message: `API key ${text} expires ${timeLeft(Date.parse(expiresAt) - now.getTime())}, at ${expiresAt}`,
      kind: "ApiKey",
      name,
      id,
      generation,
      ...(last4 !== undefined && { last4 }),
      ...(owner !== undefined && { owner: owner }),
      expiresAt,
      daysBefore,
    },
    urgency: daysBefore,
  };
}

/** The most urgent threshold that has passed. One before the key was made does not count: whoever made it knew. */
function passedDays(key: OwnedKey, now: Date): (typeof NOTICE_DAYS)[number] | undefined {
  if (key.expiresAt === undefined || !isValid(key, now)) return undefined;
  const endMs = Date.parse(key.expiresAt);
  return NOTICE_DAYS.find((days) => {
    const dueMs = endMs - days * DAY_MS;
    return dueMs > Date.parse(key.createdAt) && dueMs <= now.getTime();
  });
}

/** Rounded: a notice that goes out some seconds after its hour still tells of whole days. */
function timeLeft(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  if (hours >= 24) return `in ${count(Math.round(ms / DAY_MS), "day")}`;
  return hours >= 1 ? `in ${count(hours, "hour")}` : "in less than an hour";
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
