/** The security policy as a check on one key (seed 000: expiry required, lifetimes up to 400 days). */

import type { DesiredKey, Expires } from "./desired.ts";
import { DAY_MS, renderDuration } from "./duration.ts";
import type { LiveKey, LivePolicy } from "./live.ts";
import { renderRoles } from "./role-ref.ts";

/** Each rule that a new key could break. */
export type PolicyRule = "requireExpiration" | "maxLifetimeDays" | "allowedRoles";

export interface PolicyBreach {
  readonly rule: PolicyRule;
  /** What is wrong, to follow the key's name: `lives 400d; the policy allows 90d`. */
  readonly message: string;
}

/** What of `policy` a key minted at `now` would break. */
export function policyBreaches(
  key: Pick<DesiredKey, "expires" | "roles">,
  policy: Omit<LivePolicy, "kind">,
  now: Date,
): readonly PolicyBreach[] {
  const breaches: PolicyBreach[] = [];
  const lifeMs = lifeOf(key.expires, now);
  if (policy.requireExpiration && lifeMs === undefined) {
    breaches.push({ rule: "requireExpiration", message: "never expires; the policy requires an expiry" });
  }
  const maxDays = policy.maxLifetimeDays;
  if (maxDays !== undefined && lifeMs !== undefined && lifeMs > maxDays * DAY_MS) {
    const message = `lives ${renderDuration(lifeMs)}; the policy allows ${maxDays}d`;
    breaches.push({ rule: "maxLifetimeDays", message });
  }
  const { allowedRoles = renderRoles(key.roles) } = policy;
  const excess = renderRoles(key.roles).filter((role) => !allowedRoles.includes(role));
  if (excess.length > 0) {
    const message = `has ${excess.join(", ")}; the policy allows ${allowedRoles.join(", ") || "no role"}`;
    breaches.push({ rule: "allowedRoles", message });
  }
  return breaches;
}

/** What of `policy` a live key breaks, as if it were asked for now with the life that it has had from the first. */
export const liveBreaches = (key: LiveKey, policy: Omit<LivePolicy, "kind">): readonly PolicyBreach[] =>
  key.status === "active" ? policyBreaches(asDeclared(key), policy, new Date(key.createdAt)) : [];

const asDeclared = (key: LiveKey): Pick<DesiredKey, "expires" | "roles"> => ({
  expires: key.expiresAt === undefined ? { type: "never" } : { type: "at", instant: key.expiresAt },
  roles: key.roles,
});

function lifeOf(expires: Expires, now: Date): number | undefined {
  switch (expires.type) {
    case "never":
      return undefined;
    case "after":
      return expires.ms;
    case "at":
      return Date.parse(expires.instant) - now.getTime();
  }
}
