/** A ledger in a PostgreSQL database, which it may share with those of other instances. */

import { setTimeout as pause } from "node:timers/promises";
import { KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { LedgerHead, LedgerSummary } from "../core/ledger-summary.ts";
import type { Clock, Lease, LeaseHolder, Random, StoredLedger } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";
import { auditLedger } from "./audit-ledger.ts";
import { decideClaim, grantedRecord } from "./decide-claim.ts";
import { FencedLease, type HeldLease } from "./fenced-lease.ts";
import { leaseHeld, leaseInterrupted } from "./ledger-fault.ts";
import { isEvent } from "./ledger-line.ts";
import { type LedgerLimits, LIMITS, openConnection, type PostgresConnection } from "./postgres-connection.ts";
import { PostgresJournal } from "./postgres-journal.ts";
import { foldRecord, listRecords, type RecordTable } from "./record-table.ts";
import { WriteQueue } from "./write-queue.ts";

export interface PostgresLedgerParts {
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly readUrl: () => Promise<Secret>;
}

export interface PostgresLedgerOptions {
  /** How long a lease goes on when its holder is not heard of any more. */
  readonly leaseMs?: number;
  readonly limits?: LedgerLimits;
}

const LEASE_MS = 120_000;
const POLL_MS = 250;

/** Reads the address; connects with the first call, and makes its tables with the first write. */
export async function openPostgresLedger(
  parts: PostgresLedgerParts,
  { leaseMs = LEASE_MS, limits = LIMITS }: PostgresLedgerOptions = {},
): Promise<StoredLedger> {
  const connection = openConnection(await parts.readUrl(), limits);
  return new PostgresLedger(connection, parts, leaseMs);
}

class PostgresLedger implements StoredLedger {
  readonly #connection: PostgresConnection;
  readonly #leaseMs: number;
  readonly #journal: PostgresJournal;
  readonly #queue: WriteQueue;
  readonly #lease = new FencedLease();
  readonly #table: RecordTable = new Map();
  #closing: Promise<void> | undefined;

  constructor(connection: PostgresConnection, parts: PostgresLedgerParts, leaseMs: number) {
    this.#connection = connection;
    this.#leaseMs = leaseMs;
    this.#journal = new PostgresJournal(connection, { ...parts, leaseMs }, (line) => {
      if (line.entry.type === "record") foldRecord(this.#table, line.entry);
      this.#lease.saw(line);
    });
    this.#queue = new WriteQueue((decideAll) =>
      this.#journal.append(async () => {
        this.#lease.check();
        return { entries: decideAll(), lease: this.#lease.move };
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
    if (events.length > 0 || this.#queue.hasNotes || this.#lease.held)
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
    return auditLedger(this.#journal.lines(), this.#journal.place, noted);
  }

  async leaseHolder(): Promise<string | undefined> {
    this.#refuseWhenClosed();
    return this.#queue.inTurn(async () => {
      await this.#journal.catchUp();
      return this.#lease.findHolder(await this.#journal.heldUntil());
    });
  }

  async lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      this.#refuseWhenClosed();
      const taken = await this.#queue.inTurn(() => this.#take(holder));
      if (typeof taken !== "string") {
        return { fence: taken.fence, lost: taken.lost.signal, release: () => this.#release(taken) };
      }
      if (signal?.aborted) throw leaseInterrupted(taken);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw leaseHeld(taken, HELD_HINT);
      await pause(Math.min(POLL_MS, leftMs), undefined, signal && { signal }).catch(() => undefined);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Or says who holds it. */
  async #take({ run, description }: LeaseHolder): Promise<HeldLease | string> {
    let holder: string | undefined;
    const fence = await this.#journal.append(async ({ heldUntil }) => {
      holder = this.#lease.findHolder(await heldUntil());
      if (holder !== undefined) return { entries: [], lease: "leave" };
      return { entries: [{ type: "lease", run, description }], lease: "hold" };
    });
    if (holder !== undefined) return holder;
    return this.#lease.hold(fence, this.#leaseMs / 3, () => this.#queue.request(() => []));
  }

  async #release(held: HeldLease): Promise<void> {
    if (this.#lease.held !== held) return;
    this.#lease.leave();
    await this.#flush();
    this.#lease.forget(held);
  }

  /** Notes that cannot be written are lost, as in a crash; a lease that cannot be given back runs out. */
  async #flush(): Promise<void> {
    await this.#queue.request(() => []).catch(() => undefined);
    if (this.#lease.held?.lost.signal.aborted) this.#queue.dropNotes();
  }

  async #end(): Promise<void> {
    if (this.#lease.held) await this.#release(this.#lease.held);
    if (this.#queue.hasNotes) await this.#flush();
    await this.#queue.inTurn(() => this.#connection.close());
  }

  #refuseWhenClosed(): void {
    if (!this.#closing) return;
    throw new KeywrightError("LEDGER_UNUSABLE", `the ledger ${this.#journal.place} is closed already`);
  }
}

const HELD_HINT =
  "wait until it has finished; if its process is gone, its lease ends at that time by the database's clock";
