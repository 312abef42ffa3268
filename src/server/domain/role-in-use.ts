import type { Kysely } from "kysely";
import { renderRole } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { parseRoles } from "./key.ts";
import type { Refusal } from "./refusal.ts";

/** If a key that is not revoked, or a user, has the custom role. */
export async function refuseRoleInUse(
  database: Kysely<Tables>,
  tag: string,
  now: Date,
): Promise<Refusal | undefined> {
  const key = await findKey(database, tag, now.toISOString());
  if (key)
    return { refused: "role-in-use", detail: `The key ${key.id} has the role ${tag}; revoke it first.` };
  const user = await findUser(database, tag);
  return user && { refused: "role-in-use", detail: `The user ${user.id} has the role ${tag}.` };
}

const findKey = (
  database: Kysely<Tables>,
  tag: string,
  now: string,
): Promise<{ readonly id: string } | undefined> =>
  database
    .selectFrom("key_roles")
    .innerJoin("keys", "keys.id", "key_roles.key_id")
    .select("keys.id")
    .where("key_roles.role", "=", renderRole({ type: "custom", tag }))
    .where("keys.revoked_at", "is", null)
    .where((eb) => eb.or([eb("keys.pending_until", "is", null), eb("keys.pending_until", ">", now)]))
    .where((eb) => eb.or([eb("keys.retire_at", "is", null), eb("keys.retire_at", ">", now)]))
    .limit(1)
    .executeTakeFirst();

/** The database finds all rows that may be meant, and then some: `_` stands for any character, case may not count. */
async function findUser(database: Kysely<Tables>, tag: string): Promise<{ readonly id: string } | undefined> {
  const rows = await database
    .selectFrom("users")
    .select(["id", "roles"])
    .where("roles", "like", `%"${tag}"%`)
    .execute();
  return rows.find((row) => parseRoles(row).some((ref) => ref.type === "custom" && ref.tag === tag));
}
