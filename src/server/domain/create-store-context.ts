import type { OpenedDatabase } from "../database/opened-database.ts";
import { ChangeWatcher } from "./change-watcher.ts";
import { CredentialCache } from "./credential-cache.ts";
import type { StoreContext } from "./store-context.ts";

/** The domain's world over an opened, migrated database. */
export function createStoreContext(
  { tables, changes }: OpenedDatabase,
  rest: Omit<StoreContext, "database" | "watcher" | "credentials">,
): StoreContext {
  const watcher = new ChangeWatcher(tables, changes);
  return { database: tables, watcher, credentials: new CredentialCache(tables, watcher), ...rest };
}
