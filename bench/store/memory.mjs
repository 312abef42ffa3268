/** Resident memory of the server after 100,000 verifications, in MB: `memory.mjs <script> <directory>`. */

import { readFileSync } from "node:fs";
import { verifyLoad } from "./load.mjs";
import { withServer } from "./server-process.mjs";

const [, , script, directory] = process.argv;
const VERIFICATIONS = 100_000;
const token = readFileSync(`${directory}/store/admin-token`, "utf8").trim();
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n");
const value = await withServer(script, directory, async ({ url, pid }) => {
  await verifyLoad(url, { token, texts, amount: VERIFICATIONS });
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1_024;
});
console.log(JSON.stringify({ value }));
