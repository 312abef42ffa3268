import type { Kysely } from "kysely";
import type { KeyFormat } from "../../core/key-format.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { Tables } from "../database/tables.ts";
import type { KeyMaterial } from "../key-material/open-key-material.ts";
import type { ChangeWatcher } from "./change-watcher.ts";
import type { CredentialCache } from "./credential-cache.ts";

/** All that the domain needs of the world. */
export interface StoreContext {
  readonly database: Kysely<Tables>;
  readonly watcher: ChangeWatcher;
  readonly credentials: CredentialCache;
  readonly keyMaterial: KeyMaterial;
  readonly clock: Clock;
  readonly random: Random;
  readonly storeId: string;
  /** The format of keys that this store takes and makes. Personal tokens have a `p` after the prefix. */
  readonly keyFormat: KeyFormat;
}
