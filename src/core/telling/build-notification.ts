import { digestOf } from "../digest.ts";
import { MOST_ITEMS, type NoticeItem, type Notification, type NotificationType } from "../notification.ts";
import type { ToldMatter } from "./told.ts";

/** A matter as it is told now. */
export interface TellingItem {
  readonly item: NoticeItem;
  readonly entry: Pick<ToldMatter, "since" | "urgency">;
}

export interface NotificationBase {
  readonly instance: string;
  readonly store?: string;
  readonly now: Date;
}

/** `told`: at least one; the id follows from all of them, and from nothing that changes between two attempts. */
export function buildNotification(
  type: NotificationType,
  told: readonly TellingItem[],
  { instance, store, now }: NotificationBase,
): Notification {
  const items = told.slice(0, MOST_ITEMS).map(({ item }) => item);
  const more = told.length - items.length;
  const matters = told.map(({ item: { key }, entry: { since, urgency } }) => [key, since, urgency]);
  return {
    apiVersion: "keywright/v1",
    kind: "Notification",
    type,
    id: digestOf({ instance, type, matters }),
    instance,
    ...(store !== undefined && { store }),
    at: now.toISOString(),
    title: titleOf(type, told, instance),
    items,
    ...(more > 0 && { more }),
  };
}

function titleOf(type: NotificationType, told: readonly TellingItem[], instance: string): string {
  const [one, another] = told;
  const count = told.length;
  if (one && !another && ALONE.has(type)) return `${instance}: ${one.item.message}`;
  return `${instance}: ${TITLES[type](count)}`;
}

/** What says enough by itself. */
const ALONE: ReadonlySet<NotificationType> = new Set(["key-expiring", "leak-handled"]);

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const TITLES: Readonly<Record<NotificationType, (count: number) => string>> = {
  "key-expiring": (count) => `${count} API keys expire`,
  "drift-found": (count) => `drift, ${counted(count, "finding")}`,
  "drift-recovered": (count) => `drift is over, ${counted(count, "finding")}`,
  "run-failed": (count) => `${counted(count, "thing")} could not be done`,
  "run-recovered": (count) => `${counted(count, "thing")} done after all`,
  "leak-handled": (count) => `${count} leaked keys replaced and revoked`,
};
