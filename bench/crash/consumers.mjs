/**
 * One consumer for each key: it reads its file before every request, and once more when it is refused, as the most
 * careful consumer would. A key that has never worked has no consumer yet.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Gives `{ round, counts }`: `round` lets each of them send one request, and rounds take turns. */
export function createConsumers(store, sink, names) {
  const served = new Set();
  const counts = { requests: 0, refused: 0 };
  let turn = Promise.resolve();

  const isLetIn = async (name) => {
    const value = await valueIn(join(sink, name));
    if (value !== "" && (await store.isValid(value))) return true;
    const again = await valueIn(join(sink, name));
    return again !== value && again !== "" && store.isValid(again);
  };
  const sendAll = () =>
    Promise.all(
      names.map(async (name) => {
        const isGood = await isLetIn(name);
        if (isGood) served.add(name);
        if (!served.has(name)) return;
        counts.requests += 1;
        if (!isGood) counts.refused += 1;
      }),
    );
  return {
    counts,
    round: () => {
      turn = turn.then(sendAll);
      return turn;
    },
  };
}

/** Empty when there is none. */
export const valueIn = (path) => readFile(path, "utf8").catch(() => "");
