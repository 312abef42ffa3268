import type { ServerLog } from "../server-log.ts";
import type { Channel } from "./channel.ts";

const CONCURRENCY = 25;

/** Tells the server's own log, always. */
export const createLogChannel = (log: ServerLog): Channel => ({
  name: "log",
  concurrency: CONCURRENCY,
  // `name` in a line of the log is the logger's.
  send: ({ title, id: notice, name: objectName, ...facts }) => {
    log.info({ notice, objectName, ...facts }, title);
    return Promise.resolve({ sent: true });
  },
});
