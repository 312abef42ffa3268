/** What an error of PostgreSQL means for the ledger: LEDGER_UNUSABLE, why, and what to do. */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { codeOf } from "../postgres/postgres-fault.ts";

export const NO_SCHEMA = "no schema of its search_path is there for this user";
export const SCHEMA_HINT =
  "create it and grant this user usage on it, or name another in the address: ?options=-csearch_path%3D<schema>";

const SLOW = "look which session of the database holds a lock on its head row, and run again";

/** By SQLSTATE, or the beginning of it. */
const ADVICE: readonly (readonly [code: string, what: string | undefined, hint: string])[] = [
  [
    "42501",
    undefined,
    "grant this user select and insert on the keywright_ledger_ tables and update on keywright_ledger_heads, or let it create them",
  ],
  ["3F000", NO_SCHEMA, SCHEMA_HINT],
  ["42P01", undefined, "the tables are not whole: put the database back from a backup"],
  ["42703", undefined, "the tables are not those of this version: use the Keywright that made them"],
  ["25006", "it takes no changes", "name the primary server, and a user that may write"],
  ["53100", "its disk is full", "free some space on the database's disk and run again; nothing was written"],
  ["53300", undefined, "raise max_connections at the server, or end some of its sessions, and run again"],
  ["57014", "it took too long: another writer is in the way", SLOW],
  ["55P03", "it took too long: another writer is in the way", SLOW],
  ["25P03", "this process stood still in the middle of a write", "nothing was written; run again"],
];

const TRY_AGAIN =
  "look at the PostgreSQL server and the network to it, and run again; nothing was half-written";

/** A `KeywrightError` stays what it is. `where` names the database without user and password. */
export function postgresFault(error: unknown, where: string): KeywrightError {
  if (isKeywrightError(error)) return error;
  const code = (error instanceof Error && codeOf(error)) || "";
  const [, what, hint] = ADVICE.find(([prefix]) => code.startsWith(prefix)) ?? [];
  const reason = what ?? (error instanceof Error ? error.message || code : String(error));
  return unusableLedger(where, reason, hint ?? TRY_AGAIN, error);
}

export const unusableLedger = (
  where: string,
  reason: string,
  hint: string,
  cause?: unknown,
): KeywrightError =>
  new KeywrightError("LEDGER_UNUSABLE", `the ledger cannot use the PostgreSQL database ${where}: ${reason}`, {
    hint,
    ...(cause !== undefined && { cause }),
  });

export const doubtfulWrite = (where: string, cause: unknown): KeywrightError =>
  unusableLedger(
    where,
    "the connection was lost while a write was being saved: it may have been made",
    "look at the PostgreSQL server and the network to it, and run again: the next run sees what is there",
    cause,
  );
