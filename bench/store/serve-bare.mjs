/** Floor of a verification over HTTP: one Fastify route with HMAC and Map: `serve-bare.mjs <directory>`. */

import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { fastify } from "fastify";

const [, , directory] = process.argv;
const pepper = Buffer.alloc(32, 1);
const digestOf = (text) =>
  createHmac("sha256", pepper).update(createHash("sha256").update(text).digest()).digest("hex");
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n");
const known = new Map(texts.map((text, index) => [digestOf(text), { valid: true, id: `key_${index}` }]));
const app = fastify();
const response = {
  200: { type: "object", properties: { valid: { type: "boolean" }, id: { type: "string" } } },
};
app.post(
  "/v1/verify",
  { schema: { response } },
  async ({ body }) => known.get(digestOf(body.key)) ?? { valid: false },
);
await app.listen({ host: "127.0.0.1", port: 0 });
console.log(`http://127.0.0.1:${app.server.address().port}`);
