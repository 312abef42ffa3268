/**
 * The 99th percentile of valid verifications, in ms, with or without a flood of requests with bad keys from another
 * address: `flood.mjs <flooded|calm> <directory>`.
 */

import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Pool } from "undici";
import { verifyLoad } from "./load.mjs";
import { withServer } from "./server-process.mjs";

const [, , weather, directory] = process.argv;
const SECONDS = 5;
const CONNECTIONS = 4;
const PAUSE_MS = 4;
const token = readFileSync(`${directory}/store/admin-token`, "utf8").trim();
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n").slice(0, 10_000);

const value = await withServer("./serve-store.mjs", directory, async ({ url }) => {
  await verifyLoad(url, { token, texts, amount: texts.length });
  const flood =
    weather === "flooded"
      ? new Worker(new URL("bad-keys.mjs", import.meta.url), { workerData: { url } })
      : undefined;
  const p99 = await samplePaced(url);
  await flood?.terminate();
  return p99;
});
console.log(JSON.stringify({ value }));

async function samplePaced(url) {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const times = [];
  const until = performance.now() + SECONDS * 1_000;
  const work = async (_, offset) => {
    for (let index = offset; performance.now() < until; index += CONNECTIONS) {
      times.push(await timeOne(pool, texts[index % texts.length]));
      await pause(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  await pool.close();
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

async function timeOne(pool, key) {
  const started = performance.now();
  const { statusCode, body } = await pool.request({
    path: "/v1/verify",
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
  const { valid } = await body.json();
  if (statusCode !== 200 || !valid) throw new Error(`a valid key got ${statusCode}`);
  return performance.now() - started;
}
