/** What a line carries, once its place in the chain is checked. */

import { corruptLedger } from "./ledger-fault.ts";
import type { LedgerEntry } from "./ledger-line.ts";

/** The entry of line `seq` of the ledger of `instance` at `path`; LEDGER_CORRUPT when it has no place there. */
export function readEntry(text: string, seq: number, path: string, instance: string): LedgerEntry {
  const entry = parseJson(text);
  if (!entry) throw corruptLedger(`${path}:${seq}`, "its entry is no JSON");
  if ((entry.type === "ledger") !== (seq === 1)) {
    throw corruptLedger(`${path}:${seq}`, "a ledger has one header, on its first line");
  }
  if (entry.type !== "ledger") return entry;
  if (entry.format !== 1) {
    const what = `this version cannot read a ledger of format ${String(entry.format)}`;
    throw corruptLedger(`${path}:1`, what, "use the version of Keywright that wrote it, or a later one");
  }
  if (entry.instance !== instance) {
    const what = `it belongs to instance ${entry.instance}, not ${instance}`;
    const hint = "give each instance a ledger.directory of its own, or put the former instance name back";
    throw corruptLedger(`${path}:1`, what, hint);
  }
  return entry;
}

function parseJson(text: string): LedgerEntry | undefined {
  try {
    return JSON.parse(text) as LedgerEntry;
  } catch {
    return undefined;
  }
}
