import type { UpdatePolicy } from "../change.ts";
import type { DesiredPolicy } from "../desired.ts";
import type { Facts } from "../facts.ts";
import { listText } from "../list-text.ts";
import type { LivePolicy } from "../live.ts";
import type { Risk } from "./risk.ts";

/** Rule by rule, of those that the store holds. */
export function policyRisks({ name, desired }: UpdatePolicy, { live }: Facts): readonly Risk[] {
  if (!live.policy) return [];
  const loosened = [
    ...expirationOf(desired, live.policy),
    ...lifetimeOf(desired, live.policy),
    ...rolesOf(desired, live.policy),
  ];
  return loosened.map((message) => ({ class: "policy-loosened", kind: "SecurityPolicy", name, message }));
}

const expirationOf = (desired: DesiredPolicy, live: LivePolicy): readonly string[] =>
  live.requireExpiration && !desired.requireExpiration ? ["policy: keys need no expiry any longer"] : [];

function lifetimeOf(desired: DesiredPolicy, live: LivePolicy): readonly string[] {
  const [from, to] = [live.maxLifetimeDays ?? Infinity, desired.maxLifetimeDays ?? Infinity];
  if (to <= from) return [];
  return [`policy: keys may live ${from}d → ${to === Infinity ? "as long as they like" : `${to}d`}`];
}

function rolesOf({ allowedRoles: to }: DesiredPolicy, { allowedRoles: from }: LivePolicy): readonly string[] {
  if (!from) return [];
  if (!to) return [`policy: roles ${listText(from) || "none"} → any`];
  const more = to.filter((role) => !from.includes(role));
  return more.length > 0 ? [`policy: roles also ${listText(more)}`] : [];
}
