/** A ledger without a disk, for tests and simulation. What would be a process is an opening of one history. */

import { setTimeout as delay } from "node:timers/promises";
import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { Lease, LeaseHolder, Ledger } from "../core/ports.ts";
import { leaseHeld, leaseInterrupted } from "./ledger-fault.ts";
import { claimEntry, foldRecord, listRecords, type RecordTable } from "./record-table.ts";

/** What outlives every opening. */
export interface MemoryHistory {
  readonly table: RecordTable;
  readonly events: LedgerEvent[];
  fences: number;
  holder: LeaseHolder | undefined;
}

export const createMemoryHistory = (): MemoryHistory => ({
  table: new Map(),
  events: [],
  fences: 0,
  holder: undefined,
});

/** Opens `history`; closing gives back the leases taken here, as the end of a process would. */
export function openMemoryLedger(history: MemoryHistory = createMemoryHistory()): Ledger {
  const leases = new Set<Lease>();
  let isClosed = false;
  const refuseWhenClosed = (): void => {
    if (isClosed) throw new KeywrightError("LEDGER_UNUSABLE", "the memory ledger is closed already");
  };
  return {
    async records() {
      refuseWhenClosed();
      return copy(listRecords(history.table));
    },
    async claim(name, expected, next) {
      refuseWhenClosed();
      return claimInMemory(history, name, expected, next);
    },
    async append(event) {
      refuseWhenClosed();
      history.events.push(copy(event));
    },
    async *events() {
      refuseWhenClosed();
      yield* copy(history.events);
    },
    async lease(holder, waitMs, signal) {
      refuseWhenClosed();
      const lease = await takeLease(history, holder, waitMs, signal);
      leases.add(lease);
      return lease;
    },
    async close() {
      isClosed = true;
      for (const lease of leases) await lease.release();
    },
  };
}

function claimInMemory(
  history: MemoryHistory,
  name: string,
  expected: number,
  next: NextKeyRecord | null,
): KeyRecord | undefined {
  const entry = claimEntry(history.table.get(name), name, expected, copy(next));
  if (entry) foldRecord(history.table, entry);
  return copy(history.table.get(name)?.record);
}

async function takeLease(
  history: MemoryHistory,
  asking: LeaseHolder,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  for (let waited = 0; history.holder; waited += 1) {
    const { run, description } = history.holder;
    if (signal?.aborted) throw leaseInterrupted(`run ${run} (${description})`);
    if (waited >= waitMs) throw leaseHeld(`run ${run} (${description})`);
    await delay(1);
  }
  const holder = { ...asking };
  history.holder = holder;
  history.fences += 1;
  return {
    fence: history.fences,
    lost: new AbortController().signal,
    release: async () => {
      if (history.holder === holder) history.holder = undefined;
    },
  };
}

const copy = <T>(value: T): T => structuredClone(value);
