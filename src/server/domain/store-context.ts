import type { Kysely } from "kysely";
import type { KeyFormat } from "../../core/key-format.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { Tables } from "../database/tables.ts";
import type { Pepper } from "../key-material/pepper.ts";

/** All that the domain needs of the world. */
export interface StoreContext {
  readonly database: Kysely<Tables>;
  readonly pepper: Pepper;
  readonly clock: Clock;
  readonly random: Random;
  readonly storeId: string;
  /** The format of keys that this store takes; clients make them. */
  readonly keyFormat: KeyFormat;
}
