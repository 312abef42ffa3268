/** A ledger in a directory: `ledger.jsonl` holds the history, `ledger.lock` guards a write, `apply.lock` an apply. */

import { join, resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { Lease, LeaseHolder, Ledger } from "../core/ports.ts";
import { lockLease } from "./file-lease.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import type { HeldLock } from "../disk/lock-file.ts";
import { makeLedgerDirectory } from "./ledger-directory.ts";
import { leaseLost, withLedgerFaults } from "./ledger-fault.ts";
import type { LedgerEntry, RecordEntry } from "./ledger-line.ts";
import { claimEntry, foldRecord, listRecords, type RecordTable } from "./record-table.ts";

/** What waits for the next write. `decide` sees the claims that stand before it in the same write. */
interface Request {
  readonly decide: (claimed: ReadonlyMap<string, RecordEntry>) => readonly LedgerEntry[];
  readonly resolve: (entries: readonly LedgerEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

interface HeldLease {
  readonly lock: HeldLock;
  readonly fence: number;
  readonly lost: AbortController;
}

/** Nothing is read or made before the first call. The directory appears with the first write. */
export const openFileLedger = (options: JournalOptions): Ledger => new FileLedger(options);

class FileLedger implements Ledger {
  readonly #options: JournalOptions;
  readonly #journal: Journal;
  readonly #table: RecordTable = new Map();
  #lastFence = 0;
  #waiting: Request[] = [];
  #notes: LedgerEvent[] = [];
  #lease: HeldLease | undefined;
  #isClosed = false;
  /** Resolves when the journal is free: its reads and writes take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: JournalOptions) {
    this.#options = { ...options, directory: resolve(options.directory) };
    this.#journal = new Journal(this.#options, (entry, seq) => {
      if (entry.type === "record") foldRecord(this.#table, entry);
      if (entry.type === "lease") this.#lastFence = seq;
    });
  }

  async records(): Promise<ReadonlyMap<string, KeyRecord>> {
    this.#refuseWhenClosed();
    await this.#inTurn(() => this.#journal.catchUp());
    return listRecords(this.#table);
  }

  async claim(
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events: readonly LedgerEvent[] = [],
  ): Promise<KeyRecord | undefined> {
    const entries = await this.#request((claimed) => {
      const before = claimed.get(name);
      const cell = before ? cellOf(before) : this.#table.get(name);
      const entry = claimEntry(cell, name, expected, next);
      return entry ? [entry, ...events] : events;
    });
    const entry = entries.find(isRecord);
    return entry && cellOf(entry).record;
  }

  async append(...events: readonly LedgerEvent[]): Promise<void> {
    await this.#request(() => events);
  }

  note(event: LedgerEvent): void {
    this.#refuseWhenClosed();
    this.#notes.push(event);
  }

  async *events(): AsyncGenerator<LedgerEvent> {
    this.#refuseWhenClosed();
    for await (const entry of this.#journal.entries()) {
      if (entry.type !== "ledger" && entry.type !== "record" && entry.type !== "lease") yield entry;
    }
  }

  async lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    this.#refuseWhenClosed();
    const { directory, clock } = this.#options;
    const path = join(directory, "apply.lock");
    const lock = await withLedgerFaults(path, async () => {
      await makeLedgerDirectory(directory);
      return lockLease(path, holder, { waitMs, ...(signal && { signal }) }, clock);
    });
    const lease = await this.#enter(holder, lock);
    return {
      fence: lease.fence,
      lost: lease.lost.signal,
      release: async () => {
        if (this.#lease !== lease) return;
        await this.#flush();
        this.#lease = undefined;
        await lock.release();
      },
    };
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#isClosed = true;
    await this.#turn;
    await this.#lease?.lock.release();
    this.#lease = undefined;
    await this.#journal.close();
  }

  /** Writes the lease into the history: the number of its line is the fence. */
  async #enter(holder: LeaseHolder, lock: HeldLock): Promise<HeldLease> {
    const entry: LedgerEntry = { type: "lease", run: holder.run, description: holder.description };
    try {
      const fence = await this.#inTurn(() => this.#journal.append(async () => [entry]));
      this.#lease = { lock, fence, lost: new AbortController() };
      return this.#lease;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Notes that cannot be written are lost, as in a crash: an open intent tells enough. */
  async #flush(): Promise<void> {
    if (this.#notes.length > 0 && !this.#isClosed) await this.append().catch(() => undefined);
  }

  /** Joins the next write; resolves when that is durable. Requests that wait together share one write. */
  async #request(decide: Request["decide"]): Promise<readonly LedgerEntry[]> {
    this.#refuseWhenClosed();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ decide, resolve, reject });
      if (this.#waiting.length === 1) void this.#inTurn(() => this.#writeWaiting());
    });
  }

  async #writeWaiting(): Promise<void> {
    const requests = this.#waiting;
    this.#waiting = [];
    const granted: { readonly request: Request; readonly entries: readonly LedgerEntry[] }[] = [];
    const notes = this.#notes;
    this.#notes = [];
    try {
      await this.#journal.append(async () => {
        await this.#checkLease();
        const claimed = new Map<string, RecordEntry>();
        for (const request of requests) {
          try {
            const entries = request.decide(claimed);
            for (const entry of entries) if (isRecord(entry)) claimed.set(entry.name, entry);
            granted.push({ request, entries });
          } catch (error) {
            request.reject(error);
          }
        }
        return [...notes, ...granted.flatMap(({ entries }) => entries)];
      });
      for (const { request, entries } of granted) request.resolve(entries);
    } catch (error) {
      this.#notes.unshift(...notes);
      for (const request of requests) request.reject(error);
    }
  }

  async #checkLease(): Promise<void> {
    const lease = this.#lease;
    if (!lease) return;
    const isOvertaken = this.#lastFence > lease.fence;
    if (!isOvertaken && (await lease.lock.isInPlace())) return;
    lease.lost.abort();
    throw leaseLost(isOvertaken ? "a younger one was given" : "its lock file was removed or replaced");
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new KeywrightError("LEDGER_UNUSABLE", `the ledger ${this.#journal.path} is closed already`);
  }
}

const isRecord = (entry: LedgerEntry): entry is RecordEntry => entry.type === "record";

function cellOf(entry: RecordEntry): { readonly version: number; readonly record: KeyRecord | undefined } {
  const { name, version, record } = entry;
  return { version, record: record === null ? undefined : { ...record, name, version } };
}
