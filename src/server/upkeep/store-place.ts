/** Where a store is, for commands that work on it from outside of a server. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { KeywrightError } from "../../core/error.ts";
import { openPostgres } from "../database/open-postgres.ts";
import { openSqlite } from "../database/open-sqlite.ts";
import type { OpenedDatabase } from "../database/opened-database.ts";
import { isMissing } from "../is-missing.ts";
import type { KeyFiles } from "../key-material/read-key-material.ts";
import { type OpenedDirectory, type StoreDirectoryOptions, openStoreDirectory } from "../store-directory.ts";

export type StorePlace = StoreDirectoryOptions;

export const keyFilesOf = ({ directory, pepperFile, kekFile }: StorePlace): KeyFiles => ({
  pepperFile: pepperFile ?? join(directory, "pepper.json"),
  kekFile: kekFile ?? join(directory, "kek.json"),
});

export const sqliteFileOf = ({ directory }: StorePlace): string => join(directory, "store.db");

/** The database of a store that is there, and nothing else. Throws STORE_UNUSABLE when there is none. */
export async function openExistingDatabase(place: StorePlace): Promise<OpenedDatabase> {
  if (!place.databaseUrl && !(await isThere(sqliteFileOf(place)))) throw noStore(place.directory);
  const opened = await openDatabase(place);
  try {
    const store = await opened.tables.selectFrom("store").select("id").executeTakeFirst();
    if (!store) throw noStore(opened.where);
    return opened;
  } catch (error) {
    await opened.tables.destroy();
    if (error instanceof KeywrightError) throw error;
    throw noStore(opened.where, error);
  }
}

/** Makes what is missing in the database, but no store in it. */
export const openDatabase = (place: StorePlace): Promise<OpenedDatabase> =>
  place.databaseUrl ? openPostgres(place.databaseUrl) : openSqlite(sqliteFileOf(place));

/** As a server opens it, but never a new one. */
export async function openExistingStore(place: StorePlace): Promise<OpenedDirectory> {
  const { tables } = await openExistingDatabase(place);
  await tables.destroy();
  return openStoreDirectory(place);
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const noStore = (where: string, cause?: unknown): KeywrightError =>
  new KeywrightError("STORE_UNUSABLE", `There is no key store in ${where}.`, {
    hint: "Name its directory with --directory, or its PostgreSQL database with --database-url-file.",
    cause,
  });
