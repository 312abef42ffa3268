/** What people are told, by whatever channel: plain data by `schemas/notification.schema.json`, and never a secret. */

import type { Change } from "./change.ts";
import type { DriftClass, DriftResponse, Finding } from "./drift/finding.ts";

/** What a channel may be limited to. */
export const NOTICE_EVENTS = ["expiring", "drift", "recovered", "run-failed", "leak"] as const;

export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** Each type with the event that it is. */
export const NOTIFICATION_TYPES = {
  "key-expiring": "expiring",
  "drift-found": "drift",
  "drift-recovered": "recovered",
  "run-failed": "run-failed",
  "run-recovered": "recovered",
  "leak-handled": "leak",
} as const satisfies Readonly<Record<string, NoticeEvent>>;

export type NotificationType = keyof typeof NOTIFICATION_TYPES;

/** The most that one notification lists. */
export const MOST_ITEMS = 100;

/** One thing that it is about. All texts are one line each. */
export interface NoticeItem {
  /** The same whenever it is told of the same thing: `altered/ApiKey/scanner/g3`. */
  readonly key: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly kind?: Change["kind"] | Finding["kind"];
  /** Of the manifest. */
  readonly name?: string;
  /** The store's id of a key. */
  readonly id?: string;
  readonly generation?: number;
  readonly last4?: string;
  readonly owner?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** The threshold that has passed. */
  readonly daysBefore?: number;
  readonly class?: DriftClass;
  /** `fix`: the next `keywright drift --fix` mends it. */
  readonly response?: DriftResponse;
  /** Why something was not done: of the catalogue of errors, or of what a plan leaves alone. */
  readonly code?: string;
}

export interface Notification {
  readonly apiVersion: "keywright/v1";
  readonly kind: "Notification";
  readonly type: NotificationType;
  /** `sha256:…`, the same at every attempt: a receiver that gets it twice can tell. */
  readonly id: string;
  readonly instance: string;
  /** `KeyStore.identity`; absent where the store could not be opened. */
  readonly store?: string;
  /** When this was seen. ISO 8601. */
  readonly at: string;
  /** One line. */
  readonly title: string;
  readonly items: readonly NoticeItem[];
  /** How many there are besides `items`; absent: none. */
  readonly more?: number;
}
