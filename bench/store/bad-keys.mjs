/** A flood: as many requests with unknown keys as it can, from 127.0.0.2, until it is ended. */

import { randomBytes } from "node:crypto";
import { workerData } from "node:worker_threads";
import autocannon from "autocannon";
import { createKey } from "../../dist/core/key-format.js";

const random = { bytes: (length) => randomBytes(length) };
const strangers = Array.from({ length: 1_000 }, () =>
  createKey({ prefix: "kw", environment: "live" }, random).reveal(),
);
let next = 0;
const setupRequest = (request) => {
  next = (next + 1) % strangers.length;
  return { ...request, headers: { authorization: `Bearer ${strangers[next]}` } };
};
await autocannon({
  url: `${workerData.url}/v1/keys`,
  connections: 32,
  duration: 600,
  localAddress: "127.0.0.2",
  requests: [{ method: "GET", setupRequest }],
});
