/** All things of a list that comes in pages by position, from a store where others are at work meanwhile. */

import { KeywrightError } from "../core/error.ts";

/** One way through all pages. */
export interface Reading<T> {
  /** Each once, by its id. */
  readonly items: ReadonlyMap<string, T>;
  /** How many there are, as the store counts. */
  readonly total: number;
  readonly pages: number;
}

const TRIES = 4;

/**
 * Pages shift when things come and go between them: of several pages, two readings in a row must agree. Fewer than the
 * store counts is STORE_INCOMPLETE, after all that was read; never "they are gone".
 */
export async function* readSteadily<T>(
  read: () => Promise<Reading<T>>,
  vendor: string,
  what = "keys",
): AsyncGenerator<T> {
  let reading = await read();
  let isSteady = reading.pages <= 1;
  for (let tries = 1; !isSteady && tries < TRIES; tries += 1) {
    const next = await read();
    isSteady = isAlike(reading, next);
    reading = next;
  }
  const { items, total } = reading;
  yield* items.values();
  if (!isSteady || items.size < total)
    throw incomplete(`${vendor} listed ${items.size} of ${total} ${what}`, what);
}

const isAlike = <T>(a: Reading<T>, b: Reading<T>): boolean =>
  a.total === b.total && a.items.size === b.items.size && [...a.items.keys()].every((id) => b.items.has(id));

const incomplete = (found: string, what: string): KeywrightError =>
  new KeywrightError("STORE_INCOMPLETE", `${found}, or they changed meanwhile.`, {
    hint: `Run again; if it stays so, look whether something makes or deletes ${what} all the time.`,
  });
