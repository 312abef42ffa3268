/** Which engine a database runs on; the few places that must know ask here. */

import { type Kysely, PostgresAdapter, type RawBuilder, sql } from "kysely";

export type Engine = "sqlite" | "postgres";

export const engineOf = (database: Pick<Kysely<unknown>, "getExecutor">): Engine =>
  database.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";

/** Text that compares by code point whatever the database's locale, as SQLite's does. */
export const plainText = (database: Pick<Kysely<unknown>, "getExecutor">): RawBuilder<string> =>
  engineOf(database) === "postgres" ? sql`text collate "C"` : sql`text`;
