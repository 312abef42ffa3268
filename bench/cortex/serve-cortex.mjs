/**
 * The Cortex contract as a far-away service has it: our façade, 20 ms away, behind a limit of requests that holds for all
 * callers together. `serve-cortex.mjs <directory> <requests a minute>`; prints `{ url, token }`, and with `GET /counts`
 * how often it was asked since the last such question. The credential is a personal token: no key is listed but ours.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { randomBytes } from "node:crypto";
import { createApp } from "../../dist/server/create-app.js";
import { openStoreDirectory } from "../../dist/server/store-directory.js";
import { SILENT } from "../../dist/server/server-log.js";
import { BURST, createTokenBucket } from "./token-bucket.mjs";

const [, , directory, perMinute] = process.argv;
const LATENCY_MS = 20;

const store = await openStoreDirectory({
  directory: `${directory}/tenant`,
  clock: { now: () => new Date() },
  random: { bytes: (length) => randomBytes(length) },
});
const app = createApp(store.context, SILENT, { cortex: { requestsPerMinute: 1_000_000_000 } });
const take = createTokenBucket(Number(perMinute), BURST);
const token = await leaveNoKey(readFileSync(store.adminTokenFile, "utf8").trim());
let counts = nothing();

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, token }));
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void store.close();
});

async function answer(request, response) {
  const body = await buffer(request);
  if (request.url === "/counts") {
    response.end(JSON.stringify(counts));
    counts = nothing();
    return;
  }
  const waitSeconds = take();
  counts[waitSeconds > 0 ? "refused" : kindOf(request)] += 1;
  await pause(LATENCY_MS);
  if (waitSeconds > 0) {
    const headers = { "content-type": "application/problem+json", "retry-after": String(waitSeconds) };
    const problem = { type: "about:blank", title: "Too Many Requests", status: 429, retryAfter: waitSeconds };
    response.writeHead(429, headers).end(JSON.stringify(problem));
    return;
  }
  const { method, url, headers } = request;
  const { connection: _, host: __, "transfer-encoding": ___, ...own } = headers;
  const injected = await app.inject({ method, url, headers: own, ...(body.length > 0 && { payload: body }) });
  response.writeHead(injected.statusCode, injected.headers).end(injected.rawPayload);
}

function nothing() {
  return { created: 0, listed: 0, verified: 0, other: 0, refused: 0 };
}

function kindOf({ method, url }) {
  if (method === "POST") return "created";
  if (method !== "GET") return "other";
  return url.includes("pageSize=1&") ? "verified" : "listed";
}

/** The first administrator's key is a key of the store: a personal token takes its place. */
async function leaveNoKey(admin) {
  const roles = [{ type: "default", role: "ADMIN" }];
  const user = await call("POST", "/v1/users", admin, { email: "bench@example.com", name: "Bench", roles });
  const { secret } = await call("POST", `/v1/users/${user.id}/tokens`, admin, { name: "bench" });
  const { keys } = await call("GET", "/v1/keys", admin);
  for (const { id } of keys) await call("DELETE", `/v1/keys/${id}`, secret);
  return secret;
}

async function call(method, url, bearer, payload) {
  const headers = { authorization: `Bearer ${bearer}`, "idempotency-key": randomBytes(8).toString("hex") };
  const answered = await app.inject({ method, url, headers, ...(payload && { payload }) });
  if (answered.statusCode >= 300) throw new Error(`${method} ${url}: ${answered.body}`);
  return answered.body === "" ? undefined : answered.json();
}
