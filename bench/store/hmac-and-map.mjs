/** Floor of a verification: SHA-256, HMAC and a Map, in µs: `hmac-and-map.mjs <directory>`. */

import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { medianMicroseconds, shuffled } from "./sample.mjs";

const [, , directory] = process.argv;
const texts = readFileSync(`${directory}/keys.txt`, "utf8").split("\n");
const pepper = Buffer.alloc(32, 1);
const digestOf = (text) =>
  createHmac("sha256", pepper).update(createHash("sha256").update(text).digest()).digest("hex");
const known = new Map(texts.map((text, index) => [digestOf(text), { id: index, valid: true }]));
const value = await medianMicroseconds(shuffled(texts), async (text) => known.get(digestOf(text)));
console.log(JSON.stringify({ value }));
