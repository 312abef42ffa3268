/**
 * Where this process's writers wait for each other. The database would make them wait as well, but each on a
 * connection of its own, and none would be left for readers.
 */

import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** One at work, and one already behind it in the database, so that no time passes between them. */
const PLACES = 2;

class Line {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < PLACES) this.#taken += 1;
    else await new Promise<void>((turn) => this.#waiting.push(turn));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Who is next takes over the place.
      if (next) next();
      else this.#taken -= 1;
    }
  }
}

const lines = new WeakMap<Kysely<Tables>, Line>();

/** Runs `work` when few enough others of this process are at work on the same database. */
export function standInLine<T>(database: Kysely<Tables>, work: () => Promise<T>): Promise<T> {
  const line = lines.get(database) ?? new Line();
  lines.set(database, line);
  return line.pass(work);
}
