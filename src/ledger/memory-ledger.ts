/** A ledger without a disk, for tests and simulation. What would be a process is an opening of one history. */

import { setTimeout as delay } from "node:timers/promises";
import { MINUTE_MS } from "../core/duration.ts";
import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { Clock, Lease, LeaseHolder, Ledger } from "../core/ports.ts";
import { leaseHeld, leaseInterrupted, leaseLost } from "./ledger-fault.ts";
import { claimEntry, foldRecord, listRecords, type RecordTable } from "./record-table.ts";

interface MemoryLease {
  readonly fence: number;
  readonly lost: AbortController;
}

/** What outlives every opening. */
export interface MemoryHistory {
  readonly table: RecordTable;
  readonly events: LedgerEvent[];
  fences: number;
  held: HeldMemoryLease | undefined;
}

interface HeldMemoryLease extends LeaseHolder {
  readonly fence: number;
  /** Milliseconds of the epoch: from then on another may take it. Moved on by every write of its holder. */
  until: number;
}

export const createMemoryHistory = (): MemoryHistory => ({
  table: new Map(),
  events: [],
  fences: 0,
  held: undefined,
});

export interface MemoryLedgerOptions {
  /** Default: time stands still, and no lease runs out. */
  readonly clock?: Clock;
  readonly leaseMs?: number;
}

export interface MemoryLedger extends Ledger {
  /** The end of the process: what was noted and not written is lost; the lease is left to run out. */
  kill(): void;
}

const STILL: Clock = { now: () => new Date(0) };
const LEASE_MS = 10 * MINUTE_MS;

/** Opens `history`; closing gives back the leases taken here. */
export function openMemoryLedger(
  history: MemoryHistory = createMemoryHistory(),
  { clock = STILL, leaseMs = LEASE_MS }: MemoryLedgerOptions = {},
): MemoryLedger {
  return new Opening(history, clock, leaseMs);
}

class Opening implements MemoryLedger {
  readonly #history: MemoryHistory;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  /** Kept when it was lost: this opening writes nothing any more, and gets no other. */
  #lease: MemoryLease | undefined;
  #notes: LedgerEvent[] = [];
  #isClosed = false;

  constructor(history: MemoryHistory, clock: Clock, leaseMs: number) {
    this.#history = history;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  async records(): Promise<ReadonlyMap<string, KeyRecord>> {
    this.#refuseWhenClosed();
    return copy(listRecords(this.#history.table));
  }

  async claim(
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events: readonly LedgerEvent[] = [],
  ): Promise<KeyRecord | undefined> {
    this.#refuseWhenClosed();
    this.#renewLease();
    const { table } = this.#history;
    const entry = claimEntry(table.get(name), name, expected, copy(next));
    this.#write(events);
    if (entry) foldRecord(table, entry);
    return copy(table.get(name)?.record);
  }

  async append(...events: readonly LedgerEvent[]): Promise<void> {
    this.#refuseWhenClosed();
    this.#renewLease();
    this.#write(events);
  }

  note(event: LedgerEvent): void {
    this.#refuseWhenClosed();
    this.#notes.push(copy(event));
  }

  async *events(): AsyncGenerator<LedgerEvent> {
    this.#refuseWhenClosed();
    yield* copy(this.#history.events);
  }

  async lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    this.#refuseWhenClosed();
    this.#checkLease();
    const history = this.#history;
    for (let waited = 0; this.#isHeld(); waited += 1) {
      const holding = describeHolder(history.held);
      if (signal?.aborted) throw leaseInterrupted(holding);
      if (waited >= waitMs) throw leaseHeld(holding);
      await delay(1);
    }
    history.fences += 1;
    const fence = history.fences;
    history.held = { ...holder, fence, until: this.#until() };
    const lease = { fence, lost: new AbortController() };
    this.#lease = lease;
    return { fence, lost: lease.lost.signal, release: async () => this.#release(lease) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#lease) this.#release(this.#lease);
    this.#write([]);
    this.#isClosed = true;
  }

  kill(): void {
    this.#isClosed = true;
  }

  #write(events: readonly LedgerEvent[]): void {
    this.#history.events.push(...this.#notes, ...copy(events));
    this.#notes = [];
  }

  #release(lease: MemoryLease): void {
    if (this.#lease !== lease || this.#isClosed) return;
    if (this.#isOvertaken(lease)) {
      this.#notes = [];
      return;
    }
    this.#write([]);
    this.#history.held = undefined;
    this.#lease = undefined;
  }

  /** Its own lease stands in the way of this opening though it ran out: the next write renews it. */
  #isHeld(): boolean {
    const { held } = this.#history;
    if (held === undefined) return false;
    return held.fence === this.#lease?.fence || this.#clock.now().getTime() < held.until;
  }

  #isOvertaken({ fence, lost }: MemoryLease): boolean {
    if (fence < this.#history.fences) lost.abort();
    return lost.signal.aborted;
  }

  /** Whoever has been overtaken writes nothing any more. */
  #checkLease(): void {
    if (this.#lease && this.#isOvertaken(this.#lease)) throw leaseLost("a younger one was given");
  }

  #renewLease(): void {
    this.#checkLease();
    const { held } = this.#history;
    if (held && held.fence === this.#lease?.fence) held.until = this.#until();
  }

  #until = (): number => this.#clock.now().getTime() + this.#leaseMs;

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new KeywrightError("LEDGER_UNUSABLE", "the memory ledger is closed already");
  }
}

const describeHolder = (held: HeldMemoryLease | undefined): string =>
  held ? `run ${held.run} (${held.description}), until ${new Date(held.until).toISOString()}` : "nobody";

const copy = <T>(value: T): T => structuredClone(value);
