import type { Kysely, Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** Runs `work` on the database as it is at its first query; writers go on meanwhile and are not seen. */
export const readSnapshot = <T>(
  database: Kysely<Tables>,
  work: (snapshot: Transaction<Tables>) => Promise<T>,
): Promise<T> =>
  database.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
