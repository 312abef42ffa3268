/** How far roles reach, as far as it can be known without asking a store what its roles permit. */

import type { Facts } from "../facts.ts";
import { DEFAULT_ROLES, renderRole, type RoleRef } from "../role-ref.ts";

/** The one of Palo Alto Cortex Cloud that may do everything in its tenant. */
const INSTANCE_ADMINISTRATOR = "Instance Administrator";

type RoleFacts = Pick<Facts, "desired" | "live" | "capabilities">;

/**
 * Those of `wanted` that may let a key do what `held` do not. The default roles have ranks, and each may do what those below
 * it may. Of a custom role it counts what it permits: as long as other custom roles in `held` permit all of that, it gives
 * nothing. What is not known counts as more: a role that the key does not have and that has no rank, and a custom role
 * whose permissions are declared nowhere, or managed elsewhere. Who may do everything gains nothing.
 */
export function gainedRoles(
  wanted: readonly RoleRef[],
  held: readonly RoleRef[],
  facts: RoleFacts,
): readonly RoleRef[] {
  if (held.some((role) => isAlmighty(role, facts))) return [];
  const has = new Set(held.map(renderRole));
  const rank = Math.max(-1, ...held.map((role) => rankOf(role, facts)));
  const permitted = new Set(held.flatMap((role) => presentPermissions(role, facts)));
  const isCovered = (role: RoleRef): boolean => {
    if (has.has(renderRole(role))) return true;
    if (role.type === "default") return isRanked(role, facts) && rankOf(role, facts) <= rank;
    return comingPermissions(role.tag, facts)?.every((each) => permitted.has(each)) ?? false;
  };
  return wanted.filter((role) => !isCovered(role));
}

/** Whether a role is there to administer with. */
export const isAdmin = (role: RoleRef, facts: RoleFacts): boolean =>
  role.type === "default" && (hasRanks(facts) ? role.role === "ADMIN" : /\badmin/i.test(role.role));

const isAlmighty = (role: RoleRef, facts: RoleFacts): boolean =>
  role.type === "default" && role.role === (hasRanks(facts) ? "ADMIN" : INSTANCE_ADMINISTRATOR);

/**
 * Where custom roles have no tags of their own, they go by names as all others do: a name is what people called it, and has
 * no meaning of ours.
 */
const hasRanks = ({ capabilities }: RoleFacts): boolean => capabilities.roles.custom;

const rankOf = (role: RoleRef, facts: RoleFacts): number =>
  role.type === "default" && hasRanks(facts) ? (DEFAULT_ROLES as readonly string[]).indexOf(role.role) : -1;

const isRanked = (role: RoleRef, facts: RoleFacts): boolean => rankOf(role, facts) >= 0;

/** What a role that a key has permits now. */
const presentPermissions = (role: RoleRef, { live }: RoleFacts): readonly string[] =>
  role.type === "custom"
    ? live.roles.filter(({ name }) => name === role.tag).flatMap((each) => each.permissions)
    : [];

/** What a role may permit once the manifests are applied; undefined: nobody here knows. */
function comingPermissions(tag: string, { desired, live }: RoleFacts): readonly string[] | undefined {
  const declared = desired.roles.find(({ name }) => name === tag);
  if (!declared || declared.external) return undefined;
  const present = live.roles.find(({ name }) => name === tag)?.permissions ?? [];
  return [...declared.permissions, ...present];
}
