/** What people should know of scopes that grow: the one change of a key in place that gives it more to see. */

import type { Change, RotateKey, UpdateKey } from "./change.ts";
import type { Facts } from "./facts.ts";
import { scopeDifferences } from "./key-scope.ts";
import type { Notice } from "./notice.ts";

export const scopeNotices = ({ live }: Facts, changes: readonly Change[]): readonly Notice[] =>
  changes.filter(isOfLiveKey).flatMap(({ name, desired, current }) => {
    const key = live.keys.find(({ id }) => id === current.id);
    return scopeDifferences(desired.scope, key?.scope)
      .filter(({ isWidened }) => isWidened)
      .map(({ area, from = "", to }) => ({
        code: "SCOPE_WIDENED" as const,
        message: `${name} will see what it did not see before: ${area} ${from} → ${to}`,
      }));
  });

const isOfLiveKey = (change: Change): change is UpdateKey | RotateKey =>
  change.kind === "ApiKey" && (change.action === "update" || change.action === "rotate");
