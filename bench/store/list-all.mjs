/** Lists every key page by page in process, in ms: `list-all.mjs <directory>`. */

import { randomBytes } from "node:crypto";
import { openEmbeddedStore } from "../../dist/server/open-embedded-store.js";

const [, , directory] = process.argv;
const store = await openEmbeddedStore({
  directory: `${directory}/store`,
  clock: { now: () => new Date() },
  random: { bytes: (length) => randomBytes(length) },
});
const headers = { authorization: `Bearer ${store.adminToken.reveal()}` };
const started = performance.now();
let count = 0;
let cursor = "";
do {
  const path = `/v1/keys?limit=1000${cursor && `&cursor=${cursor}`}`;
  const { status, body } = await store.inject({ method: "GET", path, headers });
  if (status !== 200) throw new Error(body);
  const page = JSON.parse(body);
  count += page.keys.length;
  cursor = page.nextCursor;
} while (cursor);
const value = performance.now() - started;
await store.close();
console.log(JSON.stringify({ value, count }));
