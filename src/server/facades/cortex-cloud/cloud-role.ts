/**
 * Roles as this vendor names them: people and reads use the display name, edits the id. A role's id is its tag in
 * the store. The default roles bear names of the vendor's predefined roles.
 */

import type { Kysely } from "kysely";
import { DEFAULT_ROLES, type RoleRef, renderRole } from "../../../core/role-ref.ts";
import type { Tables } from "../../database/tables.ts";
import type { DefaultRole } from "../../domain/permissions.ts";
import type { Refusal } from "../../domain/refusal.ts";

/** MANAGER is the one that may view and edit keys: the vendor's "Public API" component. */
const PREDEFINED: Readonly<Record<DefaultRole, readonly [name: string, description: string]>> = {
  READ_ONLY: ["Viewer", "May view keys, roles and the security policy."],
  USER: ["Investigator", "As Viewer, and may verify keys."],
  MANAGER: ["Public API Action", "As Investigator, and may edit keys and view users and logs."],
  ADMIN: ["Instance Administrator", "May do everything."],
};

export interface CloudRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ref: RoleRef;
  /** Credential id; null for a predefined role. */
  readonly createdBy: string | null;
  /** Null for a predefined role. */
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

const DEFAULTS: readonly CloudRole[] = DEFAULT_ROLES.map((role) => ({
  id: role,
  name: PREDEFINED[role][0],
  description: PREDEFINED[role][1],
  ref: { type: "default", role },
  createdBy: null,
  createdAt: null,
  updatedAt: null,
}));

/** Predefined ones first. */
export async function readCloudRoles(database: Kysely<Tables>): Promise<readonly CloudRole[]> {
  const rows = await database.selectFrom("roles").selectAll().orderBy("tag").execute();
  const custom = rows.map((row) => ({
    id: row.tag,
    name: row.display_name,
    description: row.description,
    ref: { type: "custom", tag: row.tag } as const,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
  return [...DEFAULTS, ...custom];
}

/** By display name, or by a custom role's tag. A name that several roles answer to is refused. */
export function rolesByName(
  known: readonly CloudRole[],
  names: readonly string[],
): readonly RoleRef[] | Refusal {
  const refs: RoleRef[] = [];
  for (const name of names) {
    const found = known.filter(
      (role) => role.name === name || (role.ref.type === "custom" && role.id === name),
    );
    if (found.length > 1) {
      const ids = found.map(({ id }) => id).join(", ");
      return { refused: "unknown-role", detail: `The role name is ambiguous: ${name} (${ids}).` };
    }
    if (!found[0]) return { refused: "unknown-role", detail: `Unknown role: ${name}.` };
    refs.push(found[0].ref);
  }
  return distinct(refs);
}

/** By id and by nothing else. */
export function rolesById(known: readonly CloudRole[], ids: readonly string[]): readonly RoleRef[] | Refusal {
  const byId = new Map(known.map((role) => [role.id, role.ref]));
  const unknown = ids.filter((id) => !byId.has(id));
  if (unknown.length > 0) {
    return { refused: "unknown-role", detail: `Unknown role_id: ${unknown.join(", ")}.` };
  }
  return distinct(ids.flatMap((id) => byId.get(id) ?? []));
}

/** The names of a key's roles. A role that is gone drops out, as in the vendor's API. */
export const namesOf = (known: readonly CloudRole[], refs: readonly RoleRef[]): readonly string[] =>
  refs.flatMap((ref) => known.find((role) => renderRole(role.ref) === renderRole(ref))?.name ?? []);

const distinct = (refs: readonly RoleRef[]): readonly RoleRef[] => [
  ...new Map(refs.map((ref) => [renderRole(ref), ref])).values(),
];
