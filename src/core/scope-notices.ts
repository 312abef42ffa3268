/**
 * What people should know of scopes that grow, the one change of a key in place that gives it more to see, and of those that
 * are declared and that the store does not tell.
 */

import type { Change, RotateKey, UpdateKey } from "./change.ts";
import type { Facts } from "./facts.ts";
import { currentOf, groupKeys } from "./key-group.ts";
import { scopeDifferences } from "./key-scope.ts";
import type { Notice } from "./notice.ts";

export const scopeNotices = (facts: Facts, changes: readonly Change[]): readonly Notice[] => [
  ...widened(facts, changes),
  ...untold(facts, changes),
];

const widened = ({ live }: Facts, changes: readonly Change[]): readonly Notice[] =>
  changes.filter(isOfLiveKey).flatMap(({ name, desired, current }) => {
    const key = live.keys.find(({ id }) => id === current.id);
    return scopeDifferences(desired.scope, key?.scope)
      .filter(({ isWidened }) => isWidened)
      .map(({ area, from = "", to }) => ({
        code: "SCOPE_WIDENED" as const,
        message: `${name} will see what it did not see before: ${area} ${from} → ${to}`,
      }));
  });

/** Nothing is done about it: it could not be seen whether it helped. A new key gets its scope as declared. */
function untold(facts: Facts, changes: readonly Change[]): readonly Notice[] {
  const { desired, live, records, capabilities } = facts;
  if (!capabilities.updatable.includes("scope")) return [];
  const replaced = new Set(changes.flatMap(({ action, name }) => (action === "update" ? [] : [name])));
  return groupKeys(desired, live.keys, records).flatMap((group) => {
    const current = currentOf(group);
    if (!current || replaced.has(group.name)) return [];
    const areas = scopeDifferences(group.desired?.scope, current.scope).filter(
      ({ from }) => from === undefined,
    );
    if (areas.length === 0) return [];
    const what = areas.map(({ area }) => area).join(", ");
    const message = `${group.name} declares ${what}, and the store does not tell what its key may see there: left as it is`;
    return [{ code: "SCOPE_UNKNOWN" as const, message }];
  });
}

const isOfLiveKey = (change: Change): change is UpdateKey | RotateKey =>
  change.kind === "ApiKey" && (change.action === "update" || change.action === "rotate");
