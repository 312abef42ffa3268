/** With requests a plan is about the keys that they name and what those need: nothing else rides along. */

import type { Change, CreateKey, RotateKey } from "./change.ts";
import type { DesiredKey } from "./desired.ts";
import type { Difference } from "./diff.ts";
import type { Facts } from "./facts.ts";

/** Whether a plan made from `facts` is about the key `name`. */
export const isInFocus = (name: string, { requests }: Pick<Facts, "requests">): boolean =>
  requests.length === 0 || requests.some((request) => request.name === name);

export function focus(difference: Difference, facts: Facts): Difference {
  if (facts.requests.length === 0) return difference;
  const mints = difference.changes.filter(isMint).filter(({ name }) => isInFocus(name, facts));
  const minted = customRoles(mints.map(({ desired }) => desired));
  const asked = customRoles(facts.desired.keys.filter(({ name }) => isInFocus(name, facts)));
  const isNeeded = ({ kind, action, name }: Change): boolean => {
    if (kind === "ApiKey") return isInFocus(name, facts);
    // A new key is made under the policy and with the roles that are declared, or not at all.
    if (kind === "SecurityPolicy") return mints.length > 0;
    return kind === "Role" && action !== "revoke" && minted.has(name);
  };
  return {
    changes: difference.changes.filter(isNeeded),
    blocked: difference.blocked.filter(({ kind, name }) =>
      kind === "ApiKey" ? isInFocus(name, facts) : asked.has(name),
    ),
  };
}

const isMint = (change: Change): change is CreateKey | RotateKey =>
  change.kind === "ApiKey" && (change.action === "create" || change.action === "rotate");

const customRoles = (keys: readonly Pick<DesiredKey, "roles">[]): ReadonlySet<string> =>
  new Set(keys.flatMap(({ roles }) => roles.flatMap((role) => (role.type === "custom" ? role.tag : []))));
