import { DAY_MS } from "./duration.ts";

/** How long after a create was given up for unknown the store may still carry it out. */
export const LATE_CREATE_MS = 7 * DAY_MS;
