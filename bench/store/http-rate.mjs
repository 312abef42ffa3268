/** Verifications a second over HTTP: `http-rate.mjs <script> <directory>`. */

import { readFileSync } from "node:fs";
import { verifyLoad } from "./load.mjs";
import { withServer } from "./server-process.mjs";

const [, , script, directory] = process.argv;
const token = readFileSync(`${directory}/store/admin-token`, "utf8").trim();
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n").slice(0, 10_000);
const value = await withServer(script, directory, async ({ url }) => {
  await verifyLoad(url, { token, texts, amount: 2 * texts.length });
  return (await verifyLoad(url, { token, texts, seconds: 4 })).rate;
});
console.log(JSON.stringify({ value }));
