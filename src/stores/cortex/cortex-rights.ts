/**
 * Which rights a credential needs, and whether its roles are enough. Cortex lets nobody hand out more than they have, and
 * tells nobody what a custom role permits: where that decides, the answer is that it cannot be told.
 */

import { DEFAULT_ROLES, renderRole, type RoleRef } from "../../core/role-ref.ts";
import type { Kind } from "../../core/live.ts";
import type { StoreExamination, StoreNeeds } from "../../core/store-examination.ts";

export type Rights = Pick<StoreExamination, "missing" | "surplus" | "unknown">;

/** The permission for all of a kind, reading included. */
const PERMISSIONS: ReadonlyMap<Kind, string> = new Map<Kind, string>([
  ["ApiKey", "Edit API keys"],
  ["Secret", "Create secrets"],
  ["IpAllowlist", "Configure IP allowlist"],
]);

/** Every reading asks for the right to edit, so that one is needed whatever is declared. */
export const permissionsFor = ({ kinds }: StoreNeeds): readonly string[] =>
  [...PERMISSIONS].flatMap(([kind, permission]) => (kind === "ApiKey" || kinds.has(kind) ? permission : []));

/** As a clause. */
export function enoughFor(needs: StoreNeeds): string {
  const roles = needs.roles.map(renderRole);
  if (roles.includes("ADMIN")) return "ADMIN, for keys have it";
  const permissions = permissionsFor(needs).map((name) => `"${name}"`);
  const custom = `a custom role with ${permissions.join(", ")}`;
  return roles.length === 0 ? custom : `${custom}, and the roles of its keys: ${roles.join(", ")}`;
}

/** Of handing out the roles that keys need, for a caller with the roles `own`. */
export function rightsOf(own: readonly RoleRef[], needs: StoreNeeds): Rights {
  const verdicts = needs.roles.map((role) => ({ role: renderRole(role), verdict: covers(own, role) }));
  const wanted = Math.max(...needs.roles.map(rankOf), NO_RANK);
  const names = own.map(renderRole).join(", ") || "no role";
  return {
    missing: verdicts.flatMap(({ role, verdict }) => (verdict === "no" ? `role ${role}` : [])),
    surplus: own
      .filter((role) => rankOf(role) >= LEAST_SURPLUS && rankOf(role) > wanted)
      .map((role) => `role ${renderRole(role)}`),
    unknown: verdicts.flatMap(({ role, verdict }) =>
      verdict === "unknown" ? `whether ${names} may hand out ${role}` : [],
    ),
  };
}

const NAMES: readonly string[] = DEFAULT_ROLES;
const NO_RANK = -1;
const HIGHEST = NAMES.length - 1;
/** What is below may only read. */
const LEAST_SURPLUS = NAMES.indexOf("USER");

/** Of a default role; custom roles and unknown ones have none. */
const rankOf = (role: RoleRef): number => (role.type === "default" ? NAMES.indexOf(role.role) : NO_RANK);

function covers(own: readonly RoleRef[], wanted: RoleRef): "yes" | "no" | "unknown" {
  const highest = Math.max(...own.map(rankOf), NO_RANK);
  const isHeld = own.some((role) => renderRole(role) === renderRole(wanted));
  if (isHeld || highest === HIGHEST) return "yes";
  const rank = rankOf(wanted);
  if (rank !== NO_RANK && highest >= rank) return "yes";
  return rank === NO_RANK || own.some((role) => role.type === "custom") ? "unknown" : "no";
}
