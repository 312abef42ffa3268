import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { type Credential, buildKeyCredential } from "./credential.ts";

/** A key that a caller names by its number, with what its secret is checked against. */
export interface NumberedCredential {
  readonly credential: Credential;
  /** As in `keys`. */
  readonly digest: string;
  /** An advanced key's text, sealed for the credential's id; null for a standard key. */
  readonly sealedKey: string | null;
}

/** Read from the database at each request: never older than the last change. Undefined when there is none. */
export async function readNumberedCredential(
  database: Kysely<Tables>,
  number: number,
): Promise<NumberedCredential | undefined> {
  const row = await database.selectFrom("keys").selectAll().where("number", "=", number).executeTakeFirst();
  if (!row) return undefined;
  const credential = await buildKeyCredential(database, row);
  return { credential, digest: row.digest, sealedKey: row.sealed_key };
}
