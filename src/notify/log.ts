/** Notices as lines of the log. */

import type { Notifier } from "../core/ports.ts";

/** The part of a logger that is needed. */
export interface NoticeLog {
  warn(facts: object, message: string): void;
}

export const createLogNotifier = (log: NoticeLog): Notifier => ({
  // `name` in a line of the log is the logger's, and `message` is the line itself.
  notify: ({ message, name: key, id: notice, ...facts }) => {
    log.warn({ notice, key, ...facts }, message);
    return Promise.resolve();
  },
});
