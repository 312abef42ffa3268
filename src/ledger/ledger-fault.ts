/** What the ledger throws: nothing but `KeywrightError`, with the file it is about and what to do. */

import { isKeywrightError, KeywrightError } from "../core/error.ts";
import { NotRegularFileError } from "../disk/open-regular-file.ts";

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "free some space on this disk and run again",
  EDQUOT: "free some of this user's disk quota and run again",
  EFBIG: "raise the limit on file sizes (ulimit -f) and run again",
  EROFS: "the file system is read-only: mount it writable or choose another ledger.directory",
  EACCES: "let this user read and write it, or choose another ledger.directory",
  EPERM: "let this user read and write it, or choose another ledger.directory",
  EEXIST: "a file stands where a directory should be: move it away or choose another ledger.directory",
  ENOTDIR: "a file stands where a directory should be: move it away or choose another ledger.directory",
  ELOOP: "a symbolic link stands there: remove it or choose another ledger.directory",
  EISDIR: "a directory stands where a file should be: move it away or choose another ledger.directory",
};

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** LEDGER_UNUSABLE about `path`, for an error of the file system; a `KeywrightError` stays what it is. */
export function ledgerFault(error: unknown, path: string): KeywrightError {
  if (isKeywrightError(error)) return error;
  if (error instanceof NotRegularFileError) {
    const what = `the ledger cannot use ${error.path}: it is no regular file`;
    return new KeywrightError("LEDGER_UNUSABLE", what, {
      hint: "move it away or choose another ledger.directory",
    });
  }
  const code = errnoOf(error) ?? String(error);
  return new KeywrightError("LEDGER_UNUSABLE", `the ledger cannot use ${path}: ${code}`, {
    hint: ADVICE[code] ?? "look at the file and its disk, then run again; nothing was half-written",
    cause: error,
  });
}

/** LEDGER_CORRUPT at a place, `file` or `file:line`. */
export const corruptLedger = (place: string, what: string, hint?: string): KeywrightError =>
  new KeywrightError("LEDGER_CORRUPT", `${place}: ${what}`, {
    hint:
      hint ??
      "nothing is minted or revoked on a history that does not hold: put the ledger back from a backup, unedited",
  });

/** Runs `work`, turning errors of the file system into LEDGER_UNUSABLE about `path`. */
export async function withLedgerFaults<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ledgerFault(error, path);
  }
}

/** LEASE_HELD, naming the holder as far as it is known. `hint`: how long to wait. */
export const leaseHeld = (holder: string, hint?: string): KeywrightError =>
  new KeywrightError("LEASE_HELD", `another apply is under way: ${holder}`, {
    hint:
      hint ??
      "wait until it has finished; when its process is gone, so is its lease, and no file needs deleting",
  });

export const leaseInterrupted = (holder: string): KeywrightError =>
  new KeywrightError("INTERRUPTED", `stopped waiting for another apply to end: ${holder}`, {
    hint: "nothing was changed; run again",
  });

export const leaseLost = (what: string): KeywrightError =>
  new KeywrightError("LEASE_LOST", `this apply lost its lease: ${what}`, {
    hint: "nothing more is written by it; plan and apply again",
  });
