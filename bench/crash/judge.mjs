/** What is left behind when a tool says that it is done, or has had its tries. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { valueIn } from "./consumers.mjs";
import { filesUnder } from "./tools.mjs";

/**
 * Gives `{ lost, orphans, duplicates, readable }`:
 *   lost        names with an active key in the store and nothing in their file that works
 *   orphans     active keys that neither the tool's record nor any consumer's file knows
 *   duplicates  active keys beyond the one a name needs, without those that the record says are about to go
 *   readable    secrets that stand as they are in the tool's own files or in what it printed
 * A key that is PENDING destroys itself within 15 minutes and is not counted.
 */
export async function judge(tool, store, work, { secrets, printed }) {
  const active = await store.list("active");
  const { known, leaving } = await tool.recordOf(work);
  const values = await Promise.all(work.names.map((name) => valueIn(join(work.sink, name))));
  const works = await Promise.all(values.map(async (value) => value !== "" && (await store.isValid(value))));
  const used = new Set(values.filter((_, index) => works[index]).map((value) => value.slice(-4)));
  const keysOf = (name) => active.filter((key) => nameOf(key) === name);
  const isOrphan = ({ id, last4 }) => !known.has(id) && !leaving.has(id) && !used.has(last4);
  return {
    lost: work.names.filter((name, index) => !works[index] && keysOf(name).length > 0).length,
    orphans: active.filter(isOrphan).length,
    duplicates: sum(
      work.names.map((name) => Math.max(0, keysOf(name).filter(({ id }) => !leaving.has(id)).length - 1)),
    ),
    readable: await readableIn(work, [...secrets], printed),
    isServed: works.every(Boolean),
  };
}

const nameOf = ({ name, labels }) => labels["keywright/name"] ?? name;

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

async function readableIn({ directory, sink }, secrets, printed) {
  const files = (await filesUnder(directory)).filter((path) => !path.startsWith(sink));
  const texts = [printed, ...(await Promise.all(files.map((path) => readFile(path, "latin1"))))];
  const isReadable = (secret) => formsOf(secret).some((form) => texts.some((text) => text.includes(form)));
  return secrets.filter(isReadable).length;
}

/** Base64 at the first of its three places only: a whole value, encoded. */
const formsOf = (secret) => [
  secret,
  Buffer.from(secret).toString("hex"),
  Buffer.from(secret).toString("base64").slice(0, -4),
];
