/** Median time of one verification in process, in µs: `verify-in-process.mjs <directory>`. */

import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { verifyKey } from "../../dist/server/domain/verify-key.js";
import { openStoreDirectory } from "../../dist/server/store-directory.js";
import { medianMicroseconds, shuffled } from "./sample.mjs";

const [, , directory] = process.argv;
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n");
const store = await openStoreDirectory({
  directory: `${directory}/store`,
  clock: { now: () => new Date() },
  random: { bytes: (length) => randomBytes(length) },
});
// The first verification of a key reads it from the database; from then on it is known.
for (const text of texts) {
  const { valid } = await verifyKey(store.context, text);
  if (!valid) throw new Error("a key of the store is not valid");
}
const value = await medianMicroseconds(shuffled(texts), (text) => verifyKey(store.context, text));
await store.close();
console.log(JSON.stringify({ value }));
