/**
 * The lines of one instance in PostgreSQL: read forward, checked, and appended to under the lock of its head. What
 * stands in memory never runs ahead of the database: lines count once they are committed.
 */

import type { PoolClient } from "pg";
import type { Clock, Random } from "../core/ports.ts";
import type { LeaseMove } from "./fenced-lease.ts";
import { corruptLedger } from "./ledger-fault.ts";
import {
  CHAIN_START,
  type ChainLink,
  type CheckedLine,
  type LedgerEntry,
  renderLines,
} from "./ledger-line.ts";
import { CommitUnknownError, hasCode, type PostgresConnection } from "./postgres-connection.ts";
import { type Ask, askOf, insertLines, readChain, readLease } from "./postgres-lines.ts";
import { findTables, type Head, lockHead, makeTables, readExtent } from "./postgres-tables.ts";

/** What may be asked while the head is locked. */
export interface LockedHead {
  /** Until when somebody holds the lease by the database's clock, ISO 8601; undefined: nobody does. */
  readonly heldUntil: () => Promise<string | undefined>;
}

/** What is to be written, and what becomes of the lease in the same transaction. */
export interface Write {
  readonly entries: readonly LedgerEntry[];
  readonly lease: LeaseMove;
}

/** Asked anew for each try. */
export type DecideWrite = (head: LockedHead) => Promise<Write>;

export interface PostgresJournalOptions {
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseMs: number;
}

interface Sent {
  readonly id: string;
  readonly entries: readonly LedgerEntry[];
}

/** Sees every entry once, in order, with the line that has it. */
export type LineVisitor = (line: CheckedLine) => void;

export class PostgresJournal {
  /** For messages; a line is `place:number`. */
  readonly place: string;
  readonly #connection: PostgresConnection;
  readonly #options: PostgresJournalOptions;
  readonly #visit: LineVisitor;
  #link: ChainLink = CHAIN_START;
  #isMade = false;
  /** Sent when the connection broke: it may be there. */
  #doubtful: Sent | undefined;
  /** Found to be there after their writer was told that it could not be known: not to be written again. */
  readonly #landed = new WeakSet<LedgerEntry>();

  constructor(connection: PostgresConnection, options: PostgresJournalOptions, visit: LineVisitor) {
    this.place = `${connection.where}/${options.instance}`;
    this.#connection = connection;
    this.#options = options;
    this.#visit = visit;
  }

  /** Visits what was appended since the last time, by anybody. Writes nothing. */
  async catchUp(): Promise<void> {
    await this.#follow(this.#ask, await this.#readHead());
  }

  /** Until when somebody holds the lease by the database's clock, ISO 8601; undefined: nobody does. Writes nothing. */
  async heldUntil(): Promise<string | undefined> {
    this.#isMade ||= await findTables(this.#connection);
    if (!this.#isMade) return undefined;
    return readLease((sql, parameters) => this.#connection.read(sql, parameters), this.#options.instance);
  }

  /** Every line from the first on, read and checked afresh. */
  async *lines(): AsyncGenerator<CheckedLine> {
    yield* this.#chain(this.#ask, CHAIN_START, await this.#readHead());
  }

  /**
   * Under the lock: catches up, asks `decide` what to append, and commits it, once, whatever happens to the connection.
   * Gives the number of the last line that this wrote, or else of the last one there is.
   */
  async append(decide: DecideWrite): Promise<number> {
    // A long history is not read while others wait for the lock.
    if (this.#link.seq === CHAIN_START.seq) await this.catchUp();
    for (;;) {
      const id = Buffer.from(this.#options.random.bytes(16)).toString("hex");
      try {
        await this.#connection.persist(() => this.#makeIfMissing(() => this.#tryAppend(id, decide)));
        return this.#link.seq;
      } catch (error) {
        if (!(error instanceof CommitUnknownError)) throw error;
        const written = await this.#connection.findOut(() =>
          this.#connection.transact(async (client) => {
            await this.#lockHead(client);
            return this.#settleDoubt(client);
          }),
        );
        this.#doubtful = undefined;
        if (written === null) continue;
        await this.catchUp();
        return written;
      }
    }
  }

  async #tryAppend(id: string, decide: DecideWrite): Promise<void> {
    let sent: Sent | undefined;
    try {
      const lines = await this.#connection.transact(async (client) => {
        await this.#follow(askOf(client), await this.#lockHead(client));
        await this.#settleDoubt(client);
        const heldUntil = (): Promise<string | undefined> => readLease(askOf(client), this.#options.instance);
        const { entries, lease } = await decide({ heldUntil });
        sent = { id, entries: entries.filter((entry) => !this.#landed.has(entry)) };
        return this.#write(client, sent, lease);
      });
      this.#doubtful = undefined;
      for (const line of lines) this.#take(line);
    } catch (error) {
      if (error instanceof CommitUnknownError) this.#doubtful = sent;
      throw error;
    }
  }

  /**
   * What became of a write whose commit was not heard of: its last line, or null. Its transaction has ended in some way
   * once the head's lock is ours.
   */
  async #settleDoubt(client: PoolClient): Promise<number | null> {
    const sent = this.#doubtful;
    if (!sent) return null;
    const sql = "select max(seq) as seq from keywright_ledger_lines where instance = $1 and write_id = $2";
    const { rows } = await client.query<{ seq: number | null }>(sql, [this.#options.instance, sent.id]);
    const seq = rows[0]?.seq ?? null;
    if (seq !== null) for (const entry of sent.entries) this.#landed.add(entry);
    return seq;
  }

  async #write(client: PoolClient, { id, entries }: Sent, lease: LeaseMove): Promise<readonly CheckedLine[]> {
    if (entries.length === 0 && lease === "leave") return [];
    const { instance, clock, leaseMs } = this.#options;
    const isNew = this.#link.seq === CHAIN_START.seq && entries.length > 0;
    const all = isNew ? [{ type: "ledger", format: 1, instance } as const, ...entries] : entries;
    const lines = renderLines(this.#link, clock.now().toISOString(), all);
    const { seq, hash } = lines.at(-1)?.link ?? this.#link;
    try {
      await insertLines(client, { instance, id, lines, head: { seq, hash }, lease, leaseMs });
    } catch (error) {
      if (!hasCode(error, "23505")) throw error;
      throw corruptLedger(`${this.place}:${this.#link.seq + 1}`, BEHIND_HEAD);
    }
    return lines;
  }

  #lockHead(client: PoolClient): Promise<Head> {
    return lockHead(client, this.#connection.where, this.#options.instance, CHAIN_START);
  }

  async #makeIfMissing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!hasCode(error, "42P01")) throw error;
      await makeTables(this.#connection);
      await work();
    }
  }

  async #readHead(): Promise<Head> {
    this.#isMade ||= await findTables(this.#connection);
    if (!this.#isMade) return CHAIN_START;
    const { seq, hash, last } = await readExtent(this.#connection, this.#options.instance);
    if ((seq ?? 0) !== (last ?? 0)) {
      throw corruptLedger(this.place, `its head says line ${seq ?? 0}, and its last line is ${last ?? 0}`);
    }
    return { seq: seq ?? CHAIN_START.seq, hash: hash ?? CHAIN_START.hash };
  }

  async #follow(ask: Ask, head: Head): Promise<void> {
    if (head.seq < this.#link.seq) throw corruptLedger(this.place, "it became shorter while in use");
    for await (const line of this.#chain(ask, this.#link, head)) this.#take(line);
  }

  #take(line: CheckedLine): void {
    this.#link = line.link;
    this.#visit(line);
  }

  #chain(ask: Ask, from: ChainLink, head: Head): AsyncGenerator<CheckedLine> {
    return readChain(ask, { place: this.place, instance: this.#options.instance }, from, head);
  }

  #ask: Ask = (sql, parameters) => this.#connection.read(sql, parameters);
}

const BEHIND_HEAD = "it is there already, behind the ledger's head";
