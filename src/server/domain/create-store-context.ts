import type { OpenedDatabase } from "../database/opened-database.ts";
import { LiveKeyMaterial } from "../key-material/live-key-material.ts";
import type { KeyFiles, KeyMaterial } from "../key-material/read-key-material.ts";
import { AllowlistGuard } from "./allowlist-guard.ts";
import { AttemptLog } from "./attempt-log.ts";
import { ChangeWatcher } from "./change-watcher.ts";
import { CredentialCache } from "./credential-cache.ts";
import { KeyUsage } from "./key-usage.ts";
import { Redigester } from "./redigest.ts";
import type { StoreContext } from "./store-context.ts";

/** The domain's world over an opened, migrated database. */
export function createStoreContext(
  { tables, changes, connections }: OpenedDatabase,
  opened: KeyMaterial,
  files: KeyFiles,
  rest: Pick<StoreContext, "clock" | "random" | "storeId" | "keyFormat">,
): StoreContext {
  const watcher = new ChangeWatcher(tables, changes);
  const keyMaterial = new LiveKeyMaterial(tables, watcher, files, opened);
  const redigester = new Redigester(tables, keyMaterial);
  return {
    database: tables,
    connections,
    watcher,
    keyMaterial,
    redigester,
    credentials: new CredentialCache(tables, watcher, keyMaterial, redigester),
    usage: new KeyUsage(tables),
    attempts: new AttemptLog(),
    allowlist: new AllowlistGuard(tables, watcher),
    ...rest,
  };
}
