import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { pepperedDigests } from "../key-material/pepper.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

/**
 * If a key or a personal token has the secret with this SHA-256, under whichever version of the pepper. `database` is
 * a transaction that stands in the writers' line.
 */
export async function refuseTakenDigest(
  { keyMaterial }: Pick<StoreContext, "keyMaterial">,
  database: Kysely<Tables>,
  digest: string,
): Promise<Refusal | undefined> {
  const { pepper } = await keyMaterial.current(database);
  const digests = [...pepperedDigests(pepper, digest)];
  for (const table of ["keys", "personal_tokens"] as const) {
    const taken = await database
      .selectFrom(table)
      .select("id")
      .where("digest", "in", digests)
      .executeTakeFirst();
    if (taken) {
      return { refused: "digest-taken", detail: "Another key or token has this digest; make a new secret." };
    }
  }
  return undefined;
}
