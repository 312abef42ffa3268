/**
 * No change may leave the store without anybody who can administer it: nobody could ever mend that through the API.
 * An administrator is an active key that no other key is replacing, or an active user with a live personal token.
 */

import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import { DEFAULT_ROLES, renderRole } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { parseRoles } from "./key.ts";
import { DEFAULT_ROLE_PERMISSIONS, type Permission, permissionsOf } from "./permissions.ts";
import type { Refusal } from "./refusal.ts";

/** Without anybody who has both, nobody can make another administrator. */
const ADMINISTRATION = ["Edit roles", "Edit API keys"] as const satisfies readonly Permission[];

/** What a change is about to take away. */
export interface Without {
  readonly key?: string;
  readonly token?: string;
  readonly user?: string;
  /** A custom role as it will be. */
  readonly role?: { readonly tag: string; readonly permissions: readonly string[] };
}

type CustomRoles = ReadonlyMap<string, readonly string[]>;

const LAST_ADMINISTRATOR: Refusal = {
  refused: "last-administrator",
  detail: "Nobody else could then edit both keys and roles; make another administrator first.",
};

/** If the store has an administrator now and would have none `without` that. */
export async function refuseLockOut(
  database: Kysely<Tables>,
  now: Date,
  without: Without,
): Promise<Refusal | undefined> {
  if (await hasAdministrator(database, now, without)) return undefined;
  return (await hasAdministrator(database, now, {})) ? LAST_ADMINISTRATOR : undefined;
}

/** As `refuseLockOut`, when the new expiry (undefined: it stays) is earlier than that of `row`. */
export async function refuseEarlierEnd(
  database: Kysely<Tables>,
  now: Date,
  row: { readonly expires_at: string | null },
  expiresAt: string | null | undefined,
  without: Without,
): Promise<Refusal | undefined> {
  if (typeof expiresAt !== "string") return undefined;
  const isEarlier = row.expires_at === null || Date.parse(expiresAt) < Date.parse(row.expires_at);
  return isEarlier ? refuseLockOut(database, now, without) : undefined;
}

export const isAdministration = (permissions: ReadonlySet<string>): boolean =>
  ADMINISTRATION.every((permission) => permissions.has(permission));

async function hasAdministrator(database: Kysely<Tables>, now: Date, without: Without): Promise<boolean> {
  const rows = await database.selectFrom("roles").select(["tag", "permissions"]).execute();
  const custom = new Map(rows.map((row) => [row.tag, JSON.parse(row.permissions) as readonly string[]]));
  if (without.role) custom.set(without.role.tag, without.role.permissions);
  return (
    (await hasAdministratorKey(database, custom, now, without)) ||
    hasAdministratorUser(database, custom, now, without)
  );
}

/** Begins with the few keys that may edit roles: a store has many others. */
async function hasAdministratorKey(
  database: Kysely<Tables>,
  custom: CustomRoles,
  now: Date,
  without: Without,
): Promise<boolean> {
  const [editors, minters] = [rolesWith("Edit roles", custom), rolesWith("Edit API keys", custom)];
  const found = await database
    .selectFrom("key_roles as has")
    .innerJoin("keys as credential", "credential.id", "has.key_id")
    .select("credential.id")
    .where("has.role", "in", editors)
    .where("credential.id", "!=", without.key ?? "")
    .where("credential.pending_until", "is", null)
    .where("credential.retire_at", "is", null)
    .where((eb) => isLive(eb, now))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("key_roles as also")
          .select("also.key_id")
          .whereRef("also.key_id", "=", "credential.id")
          .where("also.role", "in", minters),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

async function hasAdministratorUser(
  database: Kysely<Tables>,
  custom: CustomRoles,
  now: Date,
  without: Without,
): Promise<boolean> {
  const rows = await database
    .selectFrom("users as user")
    .innerJoin("personal_tokens as credential", "credential.user_id", "user.id")
    .select("user.roles")
    .distinct()
    .where("user.status", "=", "active")
    .where("user.id", "!=", without.user ?? "")
    .where("credential.id", "!=", without.token ?? "")
    .where((eb) => isLive(eb, now))
    .execute();
  return rows.some((row) => isAdministration(permissionsOf(parseRoles(row), custom)));
}

type Mortal = { credential: { revoked_at: string | null; expires_at: string | null } };

const isLive = <DB extends Mortal>(
  eb: ExpressionBuilder<DB, "credential">,
  now: Date,
): Expression<SqlBool> => {
  const mortal = eb as unknown as ExpressionBuilder<Mortal, "credential">;
  return mortal.and([
    mortal("credential.revoked_at", "is", null),
    mortal.or([
      mortal("credential.expires_at", "is", null),
      mortal("credential.expires_at", ">", now.toISOString()),
    ]),
  ]);
};

const rolesWith = (permission: Permission, custom: CustomRoles): readonly string[] => [
  ...DEFAULT_ROLES.filter((role) => DEFAULT_ROLE_PERMISSIONS[role].includes(permission)),
  ...[...custom]
    .filter(([, permissions]) => permissions.includes(permission))
    .map(([tag]) => renderRole({ type: "custom", tag })),
];
