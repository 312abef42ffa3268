import type { Kysely } from "kysely";
import type { KeyFormat } from "../../core/key-format.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { Connections } from "../database/opened-database.ts";
import type { Tables } from "../database/tables.ts";
import type { LiveKeyMaterial } from "../key-material/live-key-material.ts";
import type { AllowlistGuard } from "./allowlist-guard.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { ChangeWatcher } from "./change-watcher.ts";
import type { CredentialCache } from "./credential-cache.ts";
import type { KeyUsage } from "./key-usage.ts";
import type { Redigester } from "./redigest.ts";

/** All that the domain needs of the world. */
export interface StoreContext {
  readonly database: Kysely<Tables>;
  /** The database's pool; undefined when it has none. */
  readonly connections: (() => Connections) | undefined;
  readonly watcher: ChangeWatcher;
  readonly credentials: CredentialCache;
  readonly usage: KeyUsage;
  readonly attempts: AttemptLog;
  readonly allowlist: AllowlistGuard;
  readonly keyMaterial: LiveKeyMaterial;
  readonly redigester: Redigester;
  readonly clock: Clock;
  readonly random: Random;
  readonly storeId: string;
  /** The format of keys that this store takes and makes. Personal tokens have a `p` after the prefix. */
  readonly keyFormat: KeyFormat;
}
