/** A claim as a request of the write queue, and what it grants. */

import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { LedgerEntry } from "./ledger-line.ts";
import { cellOf, claimEntry, type RecordTable } from "./record-table.ts";
import type { Decide } from "./write-queue.ts";

/** Decides by `table` as it is when the write is under way; LEDGER_CONFLICT refuses. */
export const decideClaim =
  (
    table: RecordTable,
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events: readonly LedgerEvent[],
  ): Decide =>
  (claimed) => {
    const before = claimed.get(name);
    const cell = before ? cellOf(before) : table.get(name);
    const entry = claimEntry(cell, name, expected, next);
    return entry ? [entry, ...events] : events;
  };

/** The record that a granted claim left; undefined when it is gone. */
export function grantedRecord(entries: readonly LedgerEntry[]): KeyRecord | undefined {
  const entry = entries.find(({ type }) => type === "record");
  return entry?.type === "record" ? cellOf(entry).record : undefined;
}
