import { setTimeout as pause } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import { KeywrightError } from "../../core/error.ts";
import type { Tables } from "./tables.ts";

const PATIENCE_MS = 15_000;
const LONGEST_PAUSE_MS = 50;

/**
 * Runs `work` in a transaction that sees no other writer, and gives its result once that is durable. Waits while
 * another process writes; throws STORE_UNREACHABLE when that takes longer than 15 s. `work` may run more than once.
 */
export async function write<T>(
  database: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw stillBusy(error);
      await pause(pauseMs);
    }
  }
}

/** Another connection holds the lock for writing. */
function isBusy(error: unknown): boolean {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^SQLITE_(BUSY|LOCKED)/.test(code);
}

const stillBusy = (cause: unknown): KeywrightError =>
  new KeywrightError("STORE_UNREACHABLE", "Another process has held the store's database for too long.", {
    hint: "End the process that works on this data directory, then try again.",
    cause,
  });
