/** Group commit: whatever waits while a write is under way shares the next one. */

import type { LedgerEvent } from "../core/ledger-event.ts";
import type { LedgerEntry, RecordEntry } from "./ledger-line.ts";

/** What one request writes; throws to be refused. `claimed` are the claims before it in the same write. */
export type Decide = (claimed: ReadonlyMap<string, RecordEntry>) => readonly LedgerEntry[];

/**
 * Makes what `decideAll` gives durable: all of it, or nothing. It may ask anew when it has to try again; the last
 * answer is the one that counts.
 */
export type WriteTogether = (decideAll: () => readonly LedgerEntry[]) => Promise<unknown>;

interface Request {
  readonly decide: Decide;
  readonly resolve: (entries: readonly LedgerEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  readonly #write: WriteTogether;
  #waiting: Request[] = [];
  #notes: LedgerEvent[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(write: WriteTogether) {
    this.#write = write;
  }

  get hasNotes(): boolean {
    return this.#notes.length > 0;
  }

  /** Stands before the next write's own entries. */
  note(event: LedgerEvent): void {
    this.#notes.push(event);
  }

  dropNotes(): void {
    this.#notes = [];
  }

  /** Joins the next write; resolves with this request's entries when that is durable. */
  request(decide: Decide): Promise<readonly LedgerEntry[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ decide, resolve, reject });
      if (this.#waiting.length === 1) void this.inTurn(() => this.#writeWaiting());
    });
  }

  /** Runs `work` when nothing else of this queue does. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #writeWaiting(): Promise<void> {
    const requests = this.#waiting;
    const notes = this.#notes;
    this.#waiting = [];
    this.#notes = [];
    let answers: readonly Answer[] = [];
    try {
      await this.#write(() => {
        answers = answer(requests);
        return [...notes, ...answers.flatMap(({ entries }) => entries)];
      });
    } catch (error) {
      this.#notes.unshift(...notes);
      for (const { reject } of requests) reject(error);
      return;
    }
    for (const { settle } of answers) settle();
  }
}

interface Answer {
  readonly entries: readonly LedgerEntry[];
  readonly settle: () => void;
}

function answer(requests: readonly Request[]): readonly Answer[] {
  const claimed = new Map<string, RecordEntry>();
  return requests.map(({ decide, resolve, reject }) => {
    try {
      const entries = decide(claimed);
      for (const entry of entries) if (entry.type === "record") claimed.set(entry.name, entry);
      return { entries, settle: () => resolve(entries) };
    } catch (error) {
      return { entries: [], settle: () => reject(error) };
    }
  });
}
