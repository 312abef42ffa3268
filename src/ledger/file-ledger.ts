/** A ledger in a directory: `ledger.jsonl` holds the history, `ledger.lock` guards a write, `apply.lock` an apply. */

import { join, resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { LedgerHead, LedgerSummary } from "../core/ledger-summary.ts";
import type { Lease, LeaseHolder, StoredLedger } from "../core/ports.ts";
import { auditLedger } from "./audit-ledger.ts";
import { decideClaim, grantedRecord } from "./decide-claim.ts";
import { findLeaseHolder, lockLease } from "./file-lease.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import type { HeldLock } from "../disk/lock-file.ts";
import { makeLedgerDirectory } from "./ledger-directory.ts";
import { leaseLost, withLedgerFaults } from "./ledger-fault.ts";
import { isEvent, type LedgerEntry } from "./ledger-line.ts";
import { foldRecord, listRecords, type RecordTable } from "./record-table.ts";
import { WriteQueue } from "./write-queue.ts";

interface LockedLease {
  readonly lock: HeldLock;
  readonly fence: number;
  readonly lost: AbortController;
}

/** Nothing is read or made before the first call. The directory appears with the first write. */
export const openFileLedger = (options: JournalOptions): StoredLedger => new FileLedger(options);

class FileLedger implements StoredLedger {
  readonly #options: JournalOptions;
  readonly #journal: Journal;
  readonly #table: RecordTable = new Map();
  #lastFence = 0;
  readonly #queue: WriteQueue;
  #lease: LockedLease | undefined;
  #isClosed = false;

  constructor(options: JournalOptions) {
    this.#options = { ...options, directory: resolve(options.directory) };
    this.#journal = new Journal(this.#options, (entry, seq) => {
      if (entry.type === "record") foldRecord(this.#table, entry);
      if (entry.type === "lease") this.#lastFence = seq;
    });
    this.#queue = new WriteQueue((decideAll) =>
      this.#journal.append(async () => {
        await this.#checkLease();
        return decideAll();
      }),
    );
  }

  async records(): Promise<ReadonlyMap<string, KeyRecord>> {
    this.#refuseWhenClosed();
    await this.#queue.inTurn(() => this.#journal.catchUp());
    return listRecords(this.#table);
  }

  async claim(
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events: readonly LedgerEvent[] = [],
  ): Promise<KeyRecord | undefined> {
    this.#refuseWhenClosed();
    return grantedRecord(await this.#queue.request(decideClaim(this.#table, name, expected, next, events)));
  }

  async append(...events: readonly LedgerEvent[]): Promise<void> {
    this.#refuseWhenClosed();
    await this.#queue.request(() => events);
  }

  note(event: LedgerEvent): void {
    this.#refuseWhenClosed();
    this.#queue.note(event);
  }

  async *events(): AsyncGenerator<LedgerEvent> {
    this.#refuseWhenClosed();
    for await (const { entry } of this.#journal.lines()) if (isEvent(entry)) yield entry;
  }

  async verify(noted?: LedgerHead): Promise<LedgerSummary> {
    this.#refuseWhenClosed();
    return auditLedger(this.#journal.lines(), this.#journal.path, noted);
  }

  async leaseHolder(): Promise<string | undefined> {
    this.#refuseWhenClosed();
    const path = this.#leasePath;
    return withLedgerFaults(path, () => findLeaseHolder(path));
  }

  async lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    this.#refuseWhenClosed();
    await this.#checkLease();
    const { directory, clock } = this.#options;
    const path = this.#leasePath;
    const lock = await withLedgerFaults(path, async () => {
      await makeLedgerDirectory(directory);
      return lockLease(path, holder, { waitMs, ...(signal && { signal }) }, clock);
    });
    const lease = await this.#enter(holder, lock);
    return { fence: lease.fence, lost: lease.lost.signal, release: () => this.#release(lease) };
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#isClosed = true;
    await this.#queue.inTurn(async () => undefined);
    await this.#lease?.lock.release();
    this.#lease = undefined;
    await this.#journal.close();
  }

  get #leasePath(): string {
    return join(this.#options.directory, "apply.lock");
  }

  /** Writes the lease into the history: the number of its line is the fence. */
  async #enter(holder: LeaseHolder, lock: HeldLock): Promise<LockedLease> {
    const entry: LedgerEntry = { type: "lease", run: holder.run, description: holder.description };
    const decide = async (): Promise<LedgerEntry[]> => {
      await this.#checkLease();
      return [entry];
    };
    try {
      const fence = await this.#queue.inTurn(() => this.#journal.append(decide));
      this.#lease = { lock, fence, lost: new AbortController() };
      return this.#lease;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Who lost it stays marked: this opening writes nothing any more. */
  async #release(lease: LockedLease): Promise<void> {
    if (this.#lease !== lease) return;
    await this.#flush();
    await this.#checkLease().catch(() => undefined);
    if (!lease.lost.signal.aborted) this.#lease = undefined;
    await lease.lock.release();
  }

  /** Notes that cannot be written are lost, as in a crash: an open intent tells enough. */
  async #flush(): Promise<void> {
    if (this.#queue.hasNotes && !this.#isClosed) await this.append().catch(() => undefined);
  }

  async #checkLease(): Promise<void> {
    const lease = this.#lease;
    if (!lease) return;
    const isOvertaken = this.#lastFence > lease.fence;
    const isLost = lease.lost.signal.aborted || isOvertaken || !(await lease.lock.isInPlace());
    if (!isLost) return;
    lease.lost.abort();
    throw leaseLost(isOvertaken ? "a younger one was given" : "its lock file was removed or replaced");
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new KeywrightError("LEDGER_UNUSABLE", `the ledger ${this.#journal.path} is closed already`);
  }
}
