/** What a line carries, once its place in the chain is checked. */

import { corruptLedger } from "./ledger-fault.ts";
import { type ChainLink, type CheckedLine, type LedgerEntry, parseLine } from "./ledger-line.ts";

/**
 * The line `text` (without newline) that follows `link` in the ledger of `instance`; LEDGER_CORRUPT unless it does.
 * `number` is its place in `path`.
 */
export function readLine(
  link: ChainLink,
  text: string,
  path: string,
  instance: string,
  number: number = link.seq + 1,
): CheckedLine {
  const line = parseLine(link, text);
  if (typeof line === "string") throw corruptLedger(`${path}:${number}`, line);
  return { ...line, entry: readEntry(line.entry, line.link.seq, path, instance, number) };
}

/** The entry of line `seq` of the ledger of `instance` at `path`; LEDGER_CORRUPT when it has no place there. */
export function readEntry(
  text: string,
  seq: number,
  path: string,
  instance: string,
  number: number = seq,
): LedgerEntry {
  const entry = parseJson(text);
  if (!entry) throw corruptLedger(`${path}:${number}`, "its entry is no JSON");
  if ((entry.type === "ledger") !== (seq === 1)) {
    throw corruptLedger(`${path}:${number}`, "a ledger has one header, on its first line");
  }
  if (entry.type !== "ledger") return entry;
  if (entry.format !== 1) {
    const what = `this version cannot read a ledger of format ${String(entry.format)}`;
    throw corruptLedger(`${path}:1`, what, "use the version of Keywright that wrote it, or a later one");
  }
  if (entry.instance !== instance) {
    const what = `it belongs to instance ${entry.instance}, not ${instance}`;
    const hint = "give each instance a ledger of its own, or put the former instance name back";
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
