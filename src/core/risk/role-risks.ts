import type { Facts } from "../facts.ts";
import { isValid } from "../expiry.ts";
import { renderRole, renderRoles, type RoleRef } from "../role-ref.ts";
import type { Risk } from "./risk.ts";
import { gainedRoles, isAdmin } from "./role-reach.ts";
import type { KeptKey, Succession } from "./succession.ts";

/**
 * Of a key that gets a role that lets it do more: see `gainedRoles`. A new key is compared with nothing, so only that it may
 * administer counts. The first administrator has widened rights as well, so that a rule about either holds.
 */
export function roleRisks({ change, live, isBegun }: Succession, facts: Facts): readonly Risk[] {
  if (isBegun || !givesRoles(change)) return [];
  const { roles } = change.desired;
  const gained = live ? gainedRoles(roles, live.roles, facts) : roles.filter((role) => isAdmin(role, facts));
  const about = { kind: "ApiKey", name: change.name } as const;
  const to = rolesText(roles);
  const message = live ? `${rolesText(live.roles)} → ${to}` : `a new key with ${to}`;
  return [
    ...firstRoles(change, gained, facts).map((role) => ({
      ...about,
      class: "first-admin" as const,
      message: `${change.name}: the first key with ${renderRole(role)}`,
    })),
    ...(gained.length === 0
      ? []
      : [{ ...about, class: "privilege-widened" as const, message: `${change.name}: ${message}` }]),
  ];
}

/** What an adopted key may do already is new among ours. */
const firstRoles = (
  { action, desired }: KeptKey,
  gained: readonly RoleRef[],
  facts: Facts,
): readonly RoleRef[] =>
  (action === "adopt" ? desired.roles : gained).filter(
    (role) => isAdmin(role, facts) && !isHeld(role, facts),
  );

/** An update in place may leave the roles as they are; an adoption does so, and has what comes after it in view. */
const givesRoles = (change: KeptKey): boolean =>
  change.action !== "update" || change.fields.some(({ field }) => field === "roles");

/** By a key of ours that is good for a request now. */
const isHeld = (role: RoleRef, { live, now }: Facts): boolean =>
  live.keys.some(
    (key) => isValid(key, now) && key.roles.some((each) => renderRole(each) === renderRole(role)),
  );

const rolesText = (roles: readonly RoleRef[]): string => renderRoles(roles).join(", ") || "no role";
