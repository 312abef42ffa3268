/** Creates over HTTP, one after the other on several connections: keys/s: `create-durably.mjs <directory>`. */

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "undici";
import { withServer } from "./server-process.mjs";

const [, , directory] = process.argv;
const COUNT = 2_000;
const CONNECTIONS = 8;

mkdirSync(directory, { recursive: true });
try {
  const value = await withServer("./serve-store.mjs", directory, async ({ url }) => {
    const token = readFileSync(`${directory}/store/admin-token`, "utf8").trim();
    const started = performance.now();
    let number = 0;
    const work = async () => {
      while (number < COUNT) await create(url, token, (number += 1));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return COUNT / ((performance.now() - started) / 1_000);
  });
  console.log(JSON.stringify({ value }));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function create(url, token, number) {
  const { statusCode, body } = await request(`${url}/v1/keys`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": `bench-${number}`,
    },
    body: JSON.stringify({
      name: `service-${number}`,
      roles: [{ type: "default", role: "READ_ONLY" }],
      digest: createHash("sha256").update(randomBytes(32)).digest("hex"),
      last4: "abcd",
    }),
  });
  const text = await body.text();
  if (statusCode !== 201) throw new Error(text);
}
