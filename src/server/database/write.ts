import { setTimeout as pause } from "node:timers/promises";
import { type Kysely, type Transaction, sql } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import { engineOf } from "./engine.ts";
import type { Tables } from "./tables.ts";

const PATIENCE_MS = 15_000;
const LONGEST_PAUSE_MS = 50;

type Work<T> = (transaction: Transaction<Tables>) => Promise<T>;

/**
 * Runs `work` in a transaction that sees no other writer, and gives its result once that is durable. All writers
 * form one line: SQLite's write lock, or the one row of `change_head` in PostgreSQL. Throws STORE_UNREACHABLE when
 * the turn does not come within 15 s. `work` may run more than once.
 */
export const write = <T>(database: Kysely<Tables>, work: Work<T>): Promise<T> =>
  transact(database, async (transaction) => {
    if (engineOf(transaction) === "postgres") {
      await sql`select 1 from change_head where singleton = 1 for update`.execute(transaction);
    }
    return work(transaction);
  });

/** As `write`, without standing in line: for rows that no decision depends on but their own. */
export async function transact<T>(database: Kysely<Tables>, work: Work<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (performance.now() > deadline) throw stillBusy(error);
      await pause(pauseMs);
    }
  }
}

/** Another writer was in the way: SQLite's busy codes, PostgreSQL's serialization failure and deadlock. */
function isTransient(error: unknown): boolean {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return (
    typeof code === "string" && (/^SQLITE_(BUSY|LOCKED)/.test(code) || code === "40001" || code === "40P01")
  );
}

const stillBusy = (cause: unknown): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", "Another process has held the store's database for too long.", {
    hint: "End the process that works on this store, then try again.",
    cause,
  });
