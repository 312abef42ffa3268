/** The records of all keys as the history leaves them, and the one rule of compare-and-set. */

import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { RecordEntry } from "./ledger-line.ts";

/** A name's newest state. A removed record leaves its version behind, so that no version ever comes twice. */
export interface RecordCell {
  readonly version: number;
  readonly record: KeyRecord | undefined;
}

export type RecordTable = Map<string, RecordCell>;

export function foldRecord(table: RecordTable, entry: RecordEntry): void {
  table.set(entry.name, cellOf(entry));
}

export function cellOf({ name, version, record }: RecordEntry): RecordCell {
  return { version, record: record === null ? undefined : { ...record, name, version } };
}

/** The entry that a claim writes, or LEDGER_CONFLICT. Undefined: a record that is not there stays away. */
export function claimEntry(
  cell: RecordCell | undefined,
  name: string,
  expected: number,
  next: NextKeyRecord | null,
): RecordEntry | undefined {
  const found = cell?.record === undefined ? 0 : cell.version;
  if (found !== expected) {
    const state = found === 0 ? "has no record" : `has a record of version ${found}`;
    throw new KeywrightError("LEDGER_CONFLICT", `${name} ${state} in the ledger, not version ${expected}`, {
      hint: "another run changed this key meanwhile: plan and apply again",
    });
  }
  if (next === null && found === 0) return undefined;
  return { type: "record", name, version: (cell?.version ?? 0) + 1, record: next };
}

export function listRecords(table: RecordTable): ReadonlyMap<string, KeyRecord> {
  const records = new Map<string, KeyRecord>();
  for (const [name, { record }] of table) if (record) records.set(name, record);
  return records;
}
