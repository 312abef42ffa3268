import type { Kysely } from "kysely";
import { DEFAULT_ROLES, renderRole } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { type KeyRow, parseRoles, statusOf } from "./key.ts";
import { DEFAULT_ROLE_PERMISSIONS, type Permission } from "./permissions.ts";
import { readRights } from "./rights.ts";

/** Without any key that has both, the store can never again be administered by anybody. */
const ADMINISTRATION = ["Edit API keys", "Edit roles"] as const satisfies readonly Permission[];

/** Whether no other active key could administer the store once this one is gone. */
export async function isLastAdministrator(
  database: Kysely<Tables>,
  row: KeyRow,
  now: Date,
): Promise<boolean> {
  if (!(await administers(database, row, now))) return false;
  for (const other of await readRoleEditors(database)) {
    if (other.id !== row.id && (await administers(database, other, now))) return false;
  }
  return true;
}

async function administers(database: Kysely<Tables>, row: KeyRow, now: Date): Promise<boolean> {
  if (statusOf(row, now) !== "active") return false;
  const rights = await readRights(database, parseRoles(row));
  return ADMINISTRATION.every((permission) => rights.has(permission));
}

/** The few keys that may edit roles: a store has many others. */
async function readRoleEditors(database: Kysely<Tables>): Promise<readonly KeyRow[]> {
  const custom = await database.selectFrom("roles").select(["tag", "permissions"]).execute();
  const roles = [
    ...DEFAULT_ROLES.filter((role) => DEFAULT_ROLE_PERMISSIONS[role].includes("Edit roles")),
    ...custom
      .filter(({ permissions }) => (JSON.parse(permissions) as string[]).includes("Edit roles"))
      .map(({ tag }) => renderRole({ type: "custom", tag })),
  ];
  return database
    .selectFrom("keys")
    .selectAll()
    .where("revoked_at", "is", null)
    .where("id", "in", (eb) => eb.selectFrom("key_roles").select("key_id").where("role", "in", roles))
    .execute();
}
