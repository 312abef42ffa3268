/** Tells what is kept in memory which of it has changed, in this process or in another one on the same database. */

import { nextTick } from "node:process";
import { setImmediate } from "node:timers";
import type { Kysely } from "kysely";
import type { ChangeFeed } from "../database/opened-database.ts";
import type { Tables } from "../database/tables.ts";

export interface ChangedObject {
  readonly objectType: string;
  readonly objectId: string;
}

/** Gets what has changed, or "everything" when it is too much to tell. */
export type ChangeListener = (changed: readonly ChangedObject[] | "everything") => void;

const MOST_CHANGES = 500;

export class ChangeWatcher {
  readonly #database: Kysely<Tables>;
  readonly #feed: ChangeFeed;
  readonly #listeners: ChangeListener[] = [];
  #sequence = -1;
  #together: Promise<void> | undefined;
  /** The database was asked after all that those who run now can know of. */
  #isFresh = false;
  #ownChanges = 0;

  constructor(database: Kysely<Tables>, feed: ChangeFeed) {
    this.#database = database;
    this.#feed = feed;
  }

  /** Up to which change the listeners have been told. What was read at another number must not be kept. */
  get sequence(): number {
    return this.#sequence;
  }

  listen(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  noteOwnChange(): void {
    this.#isFresh = false;
    this.#ownChanges += 1;
    this.#feed.noteOwnChange();
  }

  /**
   * As `refresh`, for one of many requests that have arrived at once: they share one question. Its answer is good for
   * `refresh` as well, as long as nothing more can arrive: for what they do before the next round of the event loop,
   * or, if the answer had to be waited for, before the next tick.
   */
  refreshTogether(): Promise<void> {
    this.#together ??= new Promise((resolve, reject) => {
      // Immediates run once all that has arrived is read; whatever the first one lets go on runs before the second.
      setImmediate(() => {
        this.#together = undefined;
        this.#askForAll().then(resolve, reject);
      });
      setImmediate(() => {
        this.#isFresh = false;
      });
    });
    return this.#together;
  }

  async #askForAll(): Promise<void> {
    const ownChanges = this.#ownChanges;
    const refreshed = this.refresh();
    if (refreshed) {
      await refreshed;
      if (ownChanges !== this.#ownChanges) return;
      nextTick(() => {
        this.#isFresh = false;
      });
    }
    this.#isFresh = true;
  }

  /** Once it has resolved, the listeners know of every change that was committed before the call. */
  refresh(): void | Promise<void> {
    if (this.#isFresh) return;
    const sequence = this.#feed.sequence();
    if (typeof sequence !== "number") return this.#refreshLater(sequence);
    if (sequence > this.#sequence) return this.#catchUp(sequence);
  }

  async #refreshLater(asked: Promise<number>): Promise<void> {
    const sequence = await asked;
    if (sequence > this.#sequence) await this.#catchUp(sequence);
  }

  async #catchUp(sequence: number): Promise<void> {
    const changed = await this.#readChanges(sequence);
    // Without a pause in between: nothing that is kept at the new number can be older than it.
    this.#sequence = Math.max(this.#sequence, sequence);
    for (const listener of this.#listeners) listener(changed);
  }

  async #readChanges(sequence: number): Promise<readonly ChangedObject[] | "everything"> {
    if (this.#sequence < 0 || sequence - this.#sequence > MOST_CHANGES) return "everything";
    const rows = await this.#database
      .selectFrom("audit_log")
      .select(["object_type", "object_id"])
      .where("seq", ">", this.#sequence)
      .where("seq", "<=", sequence)
      .execute();
    return rows.map((row) => ({ objectType: row.object_type, objectId: row.object_id }));
  }
}
