import { stat } from "node:fs/promises";
import { KeywrightError } from "../core/error.ts";
import { makeDirectory } from "../disk/durable-directory.ts";
import { errnoOf } from "./ledger-fault.ts";

const WRITABLE_BY_OTHERS = 0o022;

/** Makes the directory unless it is there. Throws as `checkLedgerDirectory` and errors of the file system. */
export async function makeLedgerDirectory(directory: string): Promise<void> {
  await makeDirectory(directory);
  await checkLedgerDirectory(directory);
}

/** LEDGER_UNUSABLE when others may put files of theirs in place of ours; a missing directory is fine. */
export async function checkLedgerDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!found || (found.mode & WRITABLE_BY_OTHERS) === 0) return;
  throw new KeywrightError("LEDGER_UNUSABLE", `others may write to ${directory}, the ledger's directory`, {
    hint: `take that right away: chmod go-w ${directory}`,
  });
}
