import type { RequestBudget } from "../core/request-budget.ts";
import { plural } from "./plural.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** `312 requests, about 20 s at this store's limit`. */
export const renderBudget = ({ requests, seconds }: RequestBudget): string =>
  `${plural(requests, "request")}, about ${about(seconds)} at this store's limit`;

/** Seconds up to two minutes, minutes up to two hours; never less than it is. */
function about(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${seconds} s`;
  if (seconds < 2 * HOUR) return `${Math.ceil(seconds / MINUTE)} min`;
  return `${Math.ceil(seconds / HOUR)} h`;
}
