/** What the tests of notices share: a store, channels that remember, and ways to look at what came of it. */

import { DAY_MS } from "../../core/duration.ts";
import type { ServerLog } from "../server-log.ts";
import type { TestServer } from "../server.fixture.ts";
import type { Delivery } from "../../messages/delivery.ts";
import type { Channel } from "./channel.ts";
import { type NoticeFilter, listNotices } from "./list-notices.ts";
import type { Notice, NoticeChannel } from "./notice.ts";
import type { NoticeMessage } from "./notice-message.ts";
import { Notifier } from "./notifier.ts";

export const DAYS = [30, 7, 1];
export const SENT = { sent: true } as const;
export const FAILED = { sent: false, reason: "nobody was there" } as const;

export interface RecordingChannel extends Channel {
  readonly messages: NoticeMessage[];
}

/** A channel that remembers its messages; `answer` says what becomes of each. */
export function aChannel(
  answer: (message: NoticeMessage, signal: AbortSignal) => Delivery | Promise<Delivery> = () => SENT,
  { name = "webhook", concurrency = 8 }: { name?: NoticeChannel; concurrency?: number } = {},
): RecordingChannel {
  const messages: NoticeMessage[] = [];
  return {
    name,
    concurrency,
    messages,
    send: async (message, signal) => {
      messages.push(message);
      return answer(message, signal);
    },
  };
}

export interface RecordingLog extends ServerLog {
  readonly lines: { readonly fields: object; readonly message: string }[];
  readonly faults: { readonly fields: object; readonly message: string }[];
}

export function aLog(): RecordingLog {
  const lines: { fields: object; message: string }[] = [];
  const faults: { fields: object; message: string }[] = [];
  return {
    lines,
    faults,
    info: (fields, message) => void lines.push({ fields, message }),
    error: (fields, message) => void faults.push({ fields, message }),
  };
}

export const aNotifier = (
  { context }: Pick<TestServer, "context">,
  channels: readonly Channel[],
  log: ServerLog = aLog(),
  daysBefore: readonly number[] = DAYS,
): Notifier => new Notifier(context, daysBefore, channels, log);

/** An instant so many days from the store's time. */
export const inDays = ({ clock }: Pick<TestServer, "clock">, days: number): string =>
  new Date(clock.now().getTime() + days * DAY_MS).toISOString();

export async function readNotices(server: TestServer, filter: NoticeFilter = {}): Promise<readonly Notice[]> {
  const { notices } = await listNotices(server.context, filter, { limit: 1000, offset: 0 });
  return notices;
}

/** Object ids of the audit entries that tell of notices, oldest first. */
export async function auditedNotices({ context }: Pick<TestServer, "context">) {
  return context.database
    .selectFrom("audit_log")
    .selectAll()
    .where("action", "=", "NOTIFY")
    .orderBy("seq")
    .execute();
}

/** As a key of today would be told of seven days before its expiry. */
export const aMessage = (over: Partial<NoticeMessage> = {}): NoticeMessage => ({
  id: "notice_019aa5b7a000aabbccddeeff",
  storeId: "ks_0011223344556677",
  objectType: "API_KEY",
  objectId: "key_019a00000000aabbccddeeff",
  name: "Scanner",
  last4: "ab12",
  owner: null,
  expiresAt: "2026-11-28T08:00:00.000Z",
  daysBefore: 7,
  dueAt: "2026-11-21T08:00:00.000Z",
  daysLeft: 7,
  title: 'API key "Scanner" (…ab12) expires in 7 days',
  ...over,
});
