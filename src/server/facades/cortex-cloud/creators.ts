import type { Kysely } from "kysely";
import type { Tables } from "../../database/tables.ts";

/** Who made something: a name for people, and what identifies it. */
export interface Creator {
  readonly name: string;
  readonly identity: string;
}

/** What nobody in particular made: the first administrator, predefined roles. */
export const SYSTEM_CREATOR: Creator = { name: "System", identity: "system" };

/** By credential id. A personal token stands for its user. */
export async function readCreators(
  database: Kysely<Tables>,
  ids: readonly (string | null)[],
): Promise<(id: string | null) => Creator> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return () => SYSTEM_CREATOR;
  const keys = await database.selectFrom("keys").select(["id", "name"]).where("id", "in", wanted).execute();
  const tokens = await database
    .selectFrom("personal_tokens as token")
    .innerJoin("users as user", "user.id", "token.user_id")
    .select(["token.id", "user.name", "user.email"])
    .where("token.id", "in", wanted)
    .execute();
  const known = new Map<string, Creator>([
    ...keys.map(({ id, name }) => [id, { name, identity: id }] as const),
    ...tokens.map(({ id, name, email }) => [id, { name, identity: email }] as const),
  ]);
  return (id) => (id === null ? SYSTEM_CREATOR : (known.get(id) ?? { name: id, identity: id }));
}
