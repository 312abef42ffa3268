import { setTimeout as pause } from "node:timers/promises";
import { readVersion } from "../database/migrate.ts";
import { MIGRATIONS } from "../database/migrations/migration.ts";
import type { StoreContext } from "../domain/store-context.ts";

const LONGEST_WAIT_MS = 2_000;
const NEWEST = Math.max(...MIGRATIONS.map(({ version }) => version));

/** Why the store cannot answer requests now, in a sentence; undefined when it can. */
export async function findUnreadiness(context: StoreContext): Promise<string | undefined> {
  const timer = new AbortController();
  const tooLate = pause(LONGEST_WAIT_MS, "The database does not answer.", { signal: timer.signal });
  try {
    return await Promise.race([askDatabase(context), tooLate]);
  } catch {
    return "The database cannot be read.";
  } finally {
    tooLate.catch(() => undefined);
    timer.abort();
  }
}

async function askDatabase({ database, keyMaterial }: StoreContext): Promise<string | undefined> {
  if ((await readVersion(database)) !== NEWEST) {
    return "The database has another version than this server.";
  }
  await keyMaterial.refresh();
  const store = await database
    .selectFrom("store")
    .select(["pepper_version", "kek_version"])
    .executeTakeFirstOrThrow();
  if (!keyMaterial.pepper.versions.has(store.pepper_version)) return "The pepper is not the store's newest.";
  const { kek_version: kek } = store;
  if (kek !== null && !keyMaterial.kek.versions.has(kek)) {
    return "The key-encryption key is not the store's newest.";
  }
  return undefined;
}
