/** What the store, or a policy, gives to no key: told in the plan, and not by the store in the middle of a run. */

import { blockedSlots } from "./adoption.ts";
import type { Blocked } from "./blocked.ts";
import type { DesiredKey, DesiredPolicy } from "./desired.ts";
import type { Facts } from "./facts.ts";
import type { LivePolicy } from "./live.ts";
import { nearNames } from "./near-names.ts";
import { policyBreaches } from "./policy.ts";
import type { StoreCapabilities } from "./ports.ts";
import { renderRole, renderRoles, type RoleRef } from "./role-ref.ts";

/** Why no new key may be minted for `desired`. */
export function blockedMint(
  desired: DesiredKey,
  { desired: { policy }, live, capabilities, now }: Facts,
  blockedRoles: ReadonlySet<string>,
): Blocked | undefined {
  const nowhere = blockedSlots(desired);
  if (nowhere) return nowhere;
  const at = { kind: "ApiKey", name: desired.name, at: desired.origin } as const;
  if (!capabilities.securityLevels.includes(desired.securityLevel)) {
    const message = `this store has no keys of security level ${desired.securityLevel}`;
    return { ...at, code: "SECURITY_LEVEL_UNSUPPORTED", message, hint: "set spec.securityLevel: standard" };
  }
  const beyond = blockedGift(desired, capabilities) ?? blockedLifetime(desired, capabilities, now);
  if (beyond) return beyond;
  const role = desired.roles.find((ref) => ref.type === "custom" && blockedRoles.has(ref.tag));
  if (role?.type === "custom") {
    const message = `its role ${role.tag} cannot be managed in this run`;
    return { ...at, code: "ROLE_BLOCKED", message, hint: "settle the role first" };
  }
  return policy ? blockedAdopted(desired, policy, now) : blockedByStore(desired, live.policy, now);
}

function blockedByStore(desired: DesiredKey, policy: LivePolicy | undefined, now: Date): Blocked | undefined {
  const breach = policy && policyBreaches(desired, policy, now)[0];
  return (
    breach && {
      kind: "ApiKey",
      name: desired.name,
      code: "POLICY_OF_STORE",
      message: breach.message,
      hint: "the store's own security policy says so; change the key, or declare a SecurityPolicy",
      at: desired.origin,
    }
  );
}

/** Why an update may not give a key the roles of `desired` that are not in `held`: what it has already is not asked. */
export function blockedRaise(
  desired: DesiredKey,
  held: readonly RoleRef[],
  { desired: { policy }, live, now }: Facts,
): Blocked | undefined {
  const had = new Set(held.map(renderRole));
  const given = { ...desired, roles: desired.roles.filter((ref) => !had.has(renderRole(ref))) };
  const rules = policy ?? live.policy;
  const breaches = rules ? policyBreaches(given, rules, now) : [];
  const breach = breaches.find(({ rule }) => rule === "allowedRoles");
  if (!breach) return undefined;
  return {
    kind: "ApiKey",
    name: desired.name,
    code: policy ? "POLICY_BROKEN" : "POLICY_OF_STORE",
    message: `as declared it ${breach.message}`,
    hint: `see allowedRoles of ${policy ? `policy ${policy.name}` : "the store's own security policy"}`,
    at: desired.origin,
  };
}

/** What was made by somebody else may break the policy, with a warning; no key of ours does. */
function blockedAdopted(desired: DesiredKey, policy: DesiredPolicy, now: Date): Blocked | undefined {
  const breach = desired.adopt && policyBreaches(desired, policy, now)[0];
  return (
    breach && {
      kind: "ApiKey",
      name: desired.name,
      code: "POLICY_BROKEN",
      message: `a new key for it ${breach.message}`,
      hint: `see ${breach.rule} of policy ${policy.name}`,
      at: desired.origin,
    }
  );
}

/** Roles that this store gives to no key. */
export function blockedGift(
  { name, origin, roles }: DesiredKey,
  { roles: { names, custom } }: Pick<StoreCapabilities, "roles">,
): Blocked | undefined {
  const isGiven = (ref: RoleRef): boolean =>
    ref.type === "custom" ? custom : names === undefined || names.includes(ref.role);
  const beyond = renderRoles(roles.filter((ref) => !isGiven(ref)));
  const others = nearNames(beyond, names ?? [], MOST_NAMES);
  const rest = (names ?? []).length - others.length;
  if (beyond.length === 0) return undefined;
  return {
    kind: "ApiKey",
    name,
    code: "ROLE_UNSUPPORTED",
    message: `this store gives no key the role ${beyond.join(", ")}`,
    hint: names
      ? `use ${others.join(", ")}${rest > 0 ? ` or one of ${rest} more` : ""}${custom ? ", or a custom role" : ""}`
      : "name the role as the store shows it: { name: … }",
    at: origin,
  };
}

/** A tenant may have dozens. */
const MOST_NAMES = 5;

/** A scope that is declared and never holds would be a promise. */
export function blockedScope(
  desired: DesiredKey,
  { updatable }: Pick<StoreCapabilities, "updatable">,
): Blocked | undefined {
  if (!desired.scope || updatable.includes("scope")) return undefined;
  return {
    kind: "ApiKey",
    name: desired.name,
    code: "SCOPE_UNSUPPORTED",
    message: "this store cannot limit what a key sees by a scope",
    hint: "take spec.scope out of the manifest, or out of the overlay for this store",
    at: desired.origin,
  };
}

/** No key lives longer here, whatever a policy says. */
function blockedLifetime(
  desired: DesiredKey,
  { maxLifetimeDays }: StoreCapabilities,
  now: Date,
): Blocked | undefined {
  if (maxLifetimeDays === undefined) return undefined;
  const breach = policyBreaches(desired, { requireExpiration: true, maxLifetimeDays }, now)[0];
  if (!breach) return undefined;
  return {
    kind: "ApiKey",
    name: desired.name,
    code: "LIFETIME_OF_STORE",
    message: `keys of this store live ${maxLifetimeDays} days at most; it ${breach.message.replace(/;.*/, "")}`,
    hint: `set spec.expires, for example { after: ${Math.min(90, maxLifetimeDays)}d }`,
    at: desired.origin,
  };
}
