import type { Kysely } from "kysely";
import { type ChangeFeed, readSequence } from "./opened-database.ts";
import type { Tables } from "./tables.ts";

/**
 * Asks the database each time, since nothing else tells at once of what others commit. One query is under way at a
 * time: questions that arrive meanwhile share the next one. None is answered by a query sent before it was asked.
 */
export class PostgresChanges implements ChangeFeed {
  readonly #tables: Kysely<Tables>;
  #underWay: Promise<unknown> = Promise.resolve();
  #next: Promise<number> | undefined;

  constructor(tables: Kysely<Tables>) {
    this.#tables = tables;
  }

  sequence(): Promise<number> {
    this.#next ??= this.#ask(this.#underWay);
    return this.#next;
  }

  /** The next question goes to the database anyway. */
  noteOwnChange(): void {}

  async #ask(before: Promise<unknown>): Promise<number> {
    await before;
    // From here on it is too late to join.
    this.#next = undefined;
    const asked = readSequence(this.#tables);
    this.#underWay = asked.catch(() => undefined);
    return asked;
  }
}
