/** Which revocations do not count on a new key of their name. */

import type { Change, KeyRef } from "./change.ts";
import { isValid } from "./expiry.ts";

/**
 * A leaked key beside a valid one that replaced it goes whatever becomes of the rest of its name: nobody is to be served
 * by it any more. `changes`: of the plan that `change` stands in.
 */
export function standsAlone(change: Change, changes: readonly Change[], now: Date): boolean {
  if (change.kind !== "ApiKey" || change.action !== "revoke" || change.reason !== "leaked") return false;
  const current = changes.map(currentOfChange(change.name)).find(Boolean);
  return current !== undefined && isValid(current, now) && change.key.generation < current.generation;
}

const currentOfChange =
  (name: string) =>
  (change: Change): KeyRef | undefined =>
    change.kind === "ApiKey" && change.name === name && "current" in change ? change.current : undefined;
