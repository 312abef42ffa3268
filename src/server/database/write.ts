import { setTimeout as pause } from "node:timers/promises";
import { type Kysely, type Transaction, type TransactionBuilder, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { engineOf } from "./engine.ts";
import { codeOf } from "../../postgres/postgres-fault.ts";
import type { Tables } from "./tables.ts";
import { standInLine } from "./writers-line.ts";

const PATIENCE_MS = 15_000;
const LONGEST_PAUSE_MS = 50;

type Work<T> = (transaction: Transaction<Tables>) => Promise<T>;

/**
 * Runs `work` in a transaction that sees no other writer, and gives its result once that is durable. All writers
 * form one line: SQLite's write lock, or the one row of `change_head` in PostgreSQL. Throws STORE_UNREACHABLE when
 * the turn does not come within 15 s, when SQLite's disk is full, and when the connection is lost: during the commit, that leaves open whether it
 * was made. `work` may run more than once.
 */
export async function write<T>(database: Kysely<Tables>, work: Work<T>): Promise<T> {
  if (engineOf(database) === "sqlite") return transact(database, work);
  const deadline = performance.now() + PATIENCE_MS;
  return standInLine(database, () => {
    if (performance.now() > deadline) throw stillBusy();
    return transact(database, async (transaction) => {
      await sql`select 1 from change_head where singleton = 1 for update`.execute(transaction);
      return work(transaction);
    });
  });
}

/** As `write`, without standing in line: for rows that no decision depends on but their own. */
export async function transact<T>(database: Kysely<Tables>, work: Work<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await begin(database).execute(work);
    } catch (error) {
      if (error instanceof Error && codeOf(error) === "SQLITE_FULL") throw diskFull(error);
      if (!isTransient(error)) throw error;
      if (performance.now() > deadline) throw stillBusy(error);
      await pause(pauseMs);
    }
  }
}

/** In PostgreSQL so that what waited for a lock sees what was committed meanwhile, whatever the server's default is. */
const begin = (database: Kysely<Tables>): TransactionBuilder<Tables> =>
  engineOf(database) === "sqlite"
    ? database.transaction()
    : database.transaction().setIsolationLevel("read committed");

/** Another writer was in the way, so nothing was done: SQLite's busy codes, PostgreSQL's serialization failure and deadlock. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error ? (codeOf(error) ?? "") : "";
  return /^SQLITE_(BUSY|LOCKED)/.test(code) || code === "40001" || code === "40P01";
}

const diskFull = (cause: unknown): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", "The disk of the store's database is full.", {
    hint: "Make room on it, then try again. Nothing was changed.",
    cause,
  });

const stillBusy = (cause?: unknown): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", "Another process has held the store's database for too long.", {
    hint: "End the process that works on this store, then try again.",
    cause,
  });
