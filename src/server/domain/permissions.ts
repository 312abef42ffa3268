/** What a caller may do, by name. The names follow seed 000 and the vendor's console. */

import { DEFAULT_ROLES, type RoleRef } from "../../core/role-ref.ts";

export const PERMISSIONS = [
  "Configure IP allowlist",
  "Create secrets",
  "Edit API keys",
  "Edit roles",
  "Edit security policy",
  "Edit users",
  "Verify API keys",
  "View API keys",
  "View audit logs",
  "View notification logs",
  "View roles",
  "View security policy",
  "View users",
] as const;

export type Permission = (typeof PERMISSIONS)[number];
export type DefaultRole = (typeof DEFAULT_ROLES)[number];

const READ_ONLY: readonly Permission[] = ["View API keys", "View roles", "View security policy"];
const USER: readonly Permission[] = [...READ_ONLY, "Verify API keys"];
const MANAGER: readonly Permission[] = [
  ...USER,
  "Create secrets",
  "Edit API keys",
  "View audit logs",
  "View notification logs",
  "View users",
];

/** Each holds all of the one before it, so that comparing permissions also ranks the default roles. */
export const DEFAULT_ROLE_PERMISSIONS: Readonly<Record<DefaultRole, readonly Permission[]>> = {
  READ_ONLY,
  USER,
  MANAGER,
  ADMIN: PERMISSIONS,
};

export const isDefaultRole = (text: string): text is DefaultRole =>
  (DEFAULT_ROLES as readonly string[]).includes(text);

/** The permissions of some roles together; `custom` holds those of custom roles by tag, a missing tag gives none. */
export function permissionsOf(
  roles: readonly RoleRef[],
  custom: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  return new Set(
    roles.flatMap((ref) => {
      if (ref.type === "custom") return custom.get(ref.tag) ?? [];
      return isDefaultRole(ref.role) ? DEFAULT_ROLE_PERMISSIONS[ref.role] : [];
    }),
  );
}
