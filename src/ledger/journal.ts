/**
 * The ledger's file: read forward, checked, and appended to under the kernel lock. What stands in memory never
 * runs ahead of the disk: lines count once they are durable.
 */

import { constants } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { KeywrightError } from "../core/error.ts";
import type { Clock } from "../core/ports.ts";
import { syncDirectory } from "../disk/durable-directory.ts";
import { writeAt } from "./write-at.ts";
import { CHAIN_BEGIN, readChain, type ChainPosition } from "./hash-chain.ts";
import { lockFile, type HeldLock, type LockRequest } from "../disk/lock-file.ts";
import { openRegularFile } from "../disk/open-regular-file.ts";
import { corruptLedger, errnoOf, ledgerFault, withLedgerFaults } from "./ledger-fault.ts";
import { checkLedgerDirectory, makeLedgerDirectory } from "./ledger-directory.ts";
import { CHAIN_START, type CheckedLine, renderLines, type LedgerEntry } from "./ledger-line.ts";
import { readEntry } from "./read-entry.ts";

const LOCK_WAIT_MS = 30_000;

export interface JournalOptions {
  /** Absolute. */
  readonly directory: string;
  readonly instance: string;
  readonly clock: Clock;
}

/** Sees every entry once, in order, with the number of its line. */
export type EntryVisitor = (entry: LedgerEntry, seq: number) => void;

interface OpenFile {
  readonly handle: FileHandle;
  readonly isWritable: boolean;
}

export class Journal {
  readonly path: string;
  readonly #lockPath: string;
  readonly #options: JournalOptions;
  readonly #visit: EntryVisitor;
  #file: OpenFile | undefined;
  #position: ChainPosition = CHAIN_BEGIN;

  constructor(options: JournalOptions, visit: EntryVisitor) {
    this.path = join(options.directory, "ledger.jsonl");
    this.#lockPath = join(options.directory, "ledger.lock");
    this.#options = options;
    this.#visit = visit;
  }

  /** Visits what was appended since the last time, by anybody. Writes nothing. */
  async catchUp(): Promise<void> {
    await withLedgerFaults(this.path, async () => {
      this.#file ??= await this.#openForReading();
      if (this.#file) await this.#follow(this.#file.handle, await this.#committedSize(this.#file.handle));
    });
  }

  /** Every line from the first on, read and checked afresh. */
  async *lines(): AsyncGenerator<CheckedLine> {
    const file = await withLedgerFaults(this.path, () => this.#openForReading());
    if (!file) return;
    try {
      const size = await this.#committedSize(file.handle);
      for await (const part of readChain(file.handle, this.path, CHAIN_BEGIN, size)) {
        for (const line of part.lines) yield { ...line, entry: this.#read(line.entry, line.link.seq) };
      }
    } catch (error) {
      throw ledgerFault(error, this.path);
    } finally {
      await file.handle.close();
    }
  }

  /**
   * Under the lock: catches up, asks `decide` what to append, and makes it durable. When that fails, the file
   * is cut back to where it was and nothing is visited. Gives the number of the last line.
   */
  async append(decide: () => Promise<readonly LedgerEntry[]>): Promise<number> {
    return withLedgerFaults(this.path, async () => {
      await makeLedgerDirectory(this.#options.directory);
      const lock = await this.#lock("exclusive");
      try {
        const handle = await this.#openForWriting();
        const size = await this.#sizeInPlace(handle);
        await this.#follow(handle, size);
        const entries = await decide();
        if (entries.length > 0) await this.#write(handle, size, entries);
        return this.#position.link.seq;
      } finally {
        await lock.release();
      }
    });
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  async #write(handle: FileHandle, size: number, entries: readonly LedgerEntry[]): Promise<void> {
    const { offset, link } = this.#position;
    const isNew = link.seq === CHAIN_START.seq;
    const header: LedgerEntry = { type: "ledger", format: 1, instance: this.#options.instance };
    const all = isNew ? [header, ...entries] : entries;
    const lines = renderLines(link, this.#options.clock.now().toISOString(), all);
    const bytes = Buffer.from(lines.map(({ text }) => `${text}\n`).join(""));
    // What lies behind the last whole line is a write that died before anybody was told that it succeeded.
    if (size > offset) await handle.truncate(offset);
    await writeAt(handle, bytes, offset);
    if (isNew) await syncDirectory(this.#options.directory);
    this.#position = { link: lines.at(-1)?.link ?? link, offset: offset + bytes.length };
    for (const line of lines) this.#visit(line.entry, line.link.seq);
  }

  async #follow(handle: FileHandle, size: number): Promise<void> {
    if (size < this.#position.offset) throw corruptLedger(this.path, "it became shorter while in use");
    for await (const part of readChain(handle, this.path, this.#position, size)) {
      const entries = part.lines.map((line) => this.#read(line.entry, line.link.seq));
      const first = this.#position.link.seq + 1;
      this.#position = part.position;
      for (const [index, entry] of entries.entries()) this.#visit(entry, first + index);
    }
  }

  #read(text: string, seq: number): LedgerEntry {
    return readEntry(text, seq, this.path, this.#options.instance);
  }

  /** The size between two appends: a reader never sees the lines of a write that may yet fail. */
  async #committedSize(handle: FileHandle): Promise<number> {
    const lock = await this.#lock("shared").catch((error: unknown) => {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    });
    try {
      return await this.#sizeInPlace(handle);
    } finally {
      await lock?.release();
    }
  }

  async #sizeInPlace(handle: FileHandle): Promise<number> {
    const [held, found] = await Promise.all([handle.stat(), stat(this.path).catch(() => undefined)]);
    if (found?.ino === held.ino && found.dev === held.dev) return held.size;
    const hint = "find out what moved it, put the file back and run again";
    throw corruptLedger(this.path, "it was removed or replaced while in use", hint);
  }

  async #lock(mode: LockRequest["mode"]): Promise<HeldLock> {
    const lock = await lockFile(this.#lockPath, { mode, waitMs: LOCK_WAIT_MS });
    if (lock) return lock;
    const what = `another process has kept ${this.#lockPath} locked for ${LOCK_WAIT_MS / 1000} seconds`;
    throw new KeywrightError("LEDGER_UNUSABLE", what, {
      hint: "a suspended process may hold it (fuser tells which): let it go on, or end it",
    });
  }

  async #openForReading(): Promise<OpenFile | undefined> {
    await checkLedgerDirectory(this.#options.directory);
    return openIfThere(this.path);
  }

  async #openForWriting(): Promise<FileHandle> {
    const held = this.#file;
    if (held?.isWritable) return held.handle;
    if (held) await this.#sizeInPlace(held.handle);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const handle = await openRegularFile(this.path, flags, 0o600);
    this.#file = { handle, isWritable: true };
    await held?.handle.close();
    return handle;
  }
}

async function openIfThere(path: string): Promise<OpenFile | undefined> {
  try {
    const handle = await openRegularFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return { handle, isWritable: false };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
