/** Notices as lines of the log. */

import type { Messenger } from "../core/ports.ts";

/** The part of a logger that is needed. */
export interface NoticeLog {
  warn(facts: object, message: string): void;
}

/** The channel that is always there; no other may have its name. */
export const LOG_CHANNEL = "log";

/** Of expiries alone: of everything else the commands tell by themselves. */
export const createLogChannel = (log: NoticeLog): Messenger => ({
  name: LOG_CHANNEL,
  events: ["expiring"],
  tell: ({ type, id: notice, instance, items, more = 0 }) => {
    // `name` in a line of the log is the logger's, and `message` is the line itself.
    for (const { message, name: key, id: keyId, last4, owner, expiresAt, daysBefore } of items) {
      log.warn({ type, notice, instance, key, keyId, last4, owner, expiresAt, daysBefore }, message);
    }
    if (more > 0) log.warn({ type, notice, instance }, `${more} more API keys expire: see keywright status`);
    return Promise.resolve({});
  },
});
