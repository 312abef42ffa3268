/** What the file sink throws: nothing but `KeywrightError`, with the path it is about and what to do. */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";

/** Errors that pass when somebody makes room or mends the disk; any other one is about how things are set up. */
const PASSING: Readonly<Record<string, string>> = {
  ENOSPC: "free some space on this disk and run again",
  EDQUOT: "free some of this user's disk quota and run again",
  EFBIG: "raise the limit on file sizes (ulimit -f) and run again",
  EIO: "look at this disk and run again",
  EMFILE: "raise the limit on open files (ulimit -n) and run again",
  ENFILE: "raise the limit on open files (ulimit -n) and run again",
};

const SETUP: Readonly<Record<string, string>> = {
  EROFS: "the file system is read-only: mount it writable or choose another directory for this sink",
  EACCES: "let this user read and write there, or choose another directory for this sink",
  EPERM: "let this user read and write there, or choose another directory for this sink",
  EISDIR: "a directory stands where the file should be: move it away or choose another path",
  ENOTDIR: "a file stands where a directory should be: move it away or choose another path",
  ELOOP: "a symbolic link stands there: remove it, secrets are never written or read through links",
  ENAMETOOLONG: "choose a shorter path",
  ENOLCK: "this file system has no locks: choose a directory on a local disk",
};

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

export const unusable = (what: string, hint: string, cause?: unknown): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", what, { hint, cause });

/** SINK_WRITE_FAILED or SINK_UNUSABLE about `path`; a `KeywrightError` stays what it is. */
export function sinkFault(error: unknown, path: string): KeywrightError {
  if (isKeywrightError(error)) return error;
  const code = errnoOf(error);
  const passing = code === undefined ? undefined : PASSING[code];
  if (code !== undefined && passing !== undefined) {
    const what = `${path} could not be written: ${code}`;
    return new KeywrightError("SINK_WRITE_FAILED", what, { hint: passing, cause: error });
  }
  const hint = (code !== undefined && SETUP[code]) || "look at this path and its disk, then run again";
  return unusable(`${path} cannot be used: ${code ?? String(error)}`, hint, error);
}

/** Runs `work`, turning errors of the file system into errors of the catalogue about `path`. */
export async function withSinkFaults<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw sinkFault(error, path);
  }
}
