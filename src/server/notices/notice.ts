/** Notices of expiry, as the store's API shows them. */

import type { Selectable } from "kysely";
import type { NoticesTable } from "../database/log-tables.ts";

export const NOTICE_OBJECTS = ["API_KEY", "PERSONAL_API_KEY"] as const;
export const NOTICE_CHANNELS = ["log", "webhook", "email"] as const;
export const NOTICE_STATUSES = ["pending", "sent", "superseded", "dropped"] as const;

export type NoticeObject = (typeof NOTICE_OBJECTS)[number];
export type NoticeChannel = (typeof NOTICE_CHANNELS)[number];
export type NoticeStatus = (typeof NOTICE_STATUSES)[number];

export type NoticeRow = Selectable<NoticesTable>;

export interface Notice {
  readonly id: string;
  readonly objectType: NoticeObject;
  readonly objectId: string;
  /** The name that the key or token has now; null when it is gone. */
  readonly objectName: string | null;
  /** The expiry that it tells of. */
  readonly expiresAt: string;
  readonly daysBefore: number;
  readonly channel: NoticeChannel;
  /** A pending one waits for its next attempt. A dropped one came to nothing: the key ended or got another expiry. */
  readonly status: NoticeStatus;
  /** `daysBefore` days before the expiry. */
  readonly dueAt: string;
  readonly createdAt: string;
  readonly sentAt: string | null;
  readonly attempts: number;
  /** The addresses that an e-mail was accepted for; empty for the other channels. */
  readonly recipients: readonly string[];
  /** Why the last attempt failed, or whom it did not reach. */
  readonly lastError: string | null;
}

export const buildNotice = (row: NoticeRow & { readonly name: string | null }): Notice => ({
  id: row.id,
  objectType: row.object_type,
  objectId: row.object_id,
  objectName: row.name,
  expiresAt: row.expires_at,
  daysBefore: row.days_before,
  channel: row.channel,
  status: row.status,
  dueAt: row.due_at,
  createdAt: row.created_at,
  sentAt: row.sent_at,
  attempts: row.attempts,
  recipients: row.recipients === null ? [] : (JSON.parse(row.recipients) as string[]),
  lastError: row.last_error,
});
