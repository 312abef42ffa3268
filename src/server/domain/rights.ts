/** What roles allow, and the rule that nobody hands out or touches what stands above them (security check A5). */

import type { Kysely } from "kysely";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf } from "./permissions.ts";
import type { Refusal } from "./refusal.ts";

/** The permissions of those of `tags` that exist. */
export async function readRolePermissions(
  database: Kysely<Tables>,
  tags: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (tags.length === 0) return new Map();
  const rows = await database
    .selectFrom("roles")
    .select(["tag", "permissions"])
    .where("tag", "in", [...tags])
    .execute();
  return new Map(rows.map((row) => [row.tag, JSON.parse(row.permissions) as string[]]));
}

/** What some roles allow together, as they are now. */
export async function readRights(
  database: Kysely<Tables>,
  roles: readonly RoleRef[],
): Promise<ReadonlySet<string>> {
  const tags = roles.flatMap((ref) => (ref.type === "custom" ? [ref.tag] : []));
  return permissionsOf(roles, await readRolePermissions(database, tags));
}

/** Unless the caller has all of `permissions`. `what` begins the sentence that says who holds them. */
export function refuseAbove(
  caller: Caller,
  permissions: Iterable<string>,
  what: string,
): Refusal | undefined {
  const missing = [...permissions].filter((permission) => !caller.permissions.has(permission));
  if (missing.length === 0) return undefined;
  return {
    refused: "forbidden",
    detail: `${what} permissions that the caller lacks: ${missing.join(", ")}.`,
  };
}
