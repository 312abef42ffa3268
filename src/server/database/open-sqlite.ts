import { chmod, stat } from "node:fs/promises";
import { Kysely, type SqliteDatabase, type SqliteStatement } from "kysely";
import Libsql from "libsql";
import { KeywrightError } from "../../core/error.ts";
import { writeOnce } from "../durable-file.ts";
import { ImmediateSqliteDialect } from "./immediate-sqlite.ts";
import type { OpenedDatabase } from "./opened-database.ts";
import { SqliteChanges } from "./sqlite-changes.ts";
import type { Tables } from "./tables.ts";

/** Short: it blocks the event loop. `write` waits longer without blocking. */
const BUSY_TIMEOUT_MS = 50;
const MAX_CACHED_STATEMENTS = 200;

/**
 * Opens the SQLite database in `path` (made, readable by its owner only, when missing) for several processes at
 * once, each commit durable. Throws STORE_UNUSABLE when it is not a database or cannot be written.
 */
export async function openSqlite(path: string): Promise<OpenedDatabase> {
  try {
    await makeFile(path);
    const database = new Libsql(path, { timeout: BUSY_TIMEOUT_MS });
    for (const pragma of ["journal_mode = wal", "synchronous = full"]) {
      // `all` reads to the end: libsql's exec would leave the statement open, and no transaction could commit.
      database.prepare(`pragma ${pragma}`).all();
    }
    const tables = new Kysely<Tables>({
      dialect: new ImmediateSqliteDialect(withCachedStatements(database)),
    });
    return { where: path, tables, changes: new SqliteChanges(tables, database) };
  } catch (cause) {
    throw new KeywrightError(
      "STORE_UNUSABLE",
      `The store's database ${path} cannot be opened: ${reasonOf(cause)}.`,
      {
        hint: "Check that the file is a Keywright store and that this user may write it and its directory.",
        cause,
      },
    );
  }
}

/**
 * Never opens a database that is there: closing any descriptor of a file takes away every lock that this process
 * has on it, those of another connection too, and another process would then remove its log from under it.
 */
async function makeFile(path: string): Promise<void> {
  const isThere = await stat(path).catch(() => undefined);
  if (!isThere) await writeOnce(path, "");
  await chmod(path, 0o600);
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, "") : "unknown";

function withCachedStatements(database: Libsql.Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: (text) => {
      const known = statements.get(text);
      if (known) return known;
      if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
      const statement: SqliteStatement = database.prepare(text);
      statements.set(text, statement);
      return statement;
    },
  };
}
