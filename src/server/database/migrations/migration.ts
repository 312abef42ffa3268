import type { Kysely } from "kysely";
import { createFirstTables } from "./first-tables.ts";
import { addKeyManagement } from "./key-management.ts";

export interface Migration {
  readonly version: number;
  readonly up: (database: Kysely<unknown>) => Promise<void>;
}

/** The database's versions, oldest first. A migration that was released never changes. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: createFirstTables },
  { version: 2, up: addKeyManagement },
];
