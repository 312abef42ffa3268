import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createKey } from "../src/core/key-format.ts";
import { findSecrets } from "./canary.fixture.ts";
import { randomBytes } from "node:crypto";

const secret = createKey({ prefix: "kw", environment: "test" }, { bytes: (n) => randomBytes(n) }).reveal();
const part = secret.slice(20, 34);

const leaks: readonly (readonly [string, Buffer])[] = [
  ["as it is", Buffer.from(`key=${secret}\n`)],
  ["twelve characters of it", Buffer.from(`…${secret.slice(-12)}`)],
  ["in JSON", Buffer.from(JSON.stringify({ deep: [{ key: secret }] }))],
  ["in hex", Buffer.from(Buffer.from(secret).toString("hex"))],
  ["in base64", Buffer.from(Buffer.from(`x:${secret}`).toString("base64"))],
  ["in base64, one further", Buffer.from(Buffer.from(`xy:${secret}`).toString("base64"))],
  ["in base64, two further", Buffer.from(Buffer.from(`xyz:${secret}`).toString("base64"))],
  ["in base64url", Buffer.from(Buffer.from(secret).toString("base64url"))],
  ["in UTF-16", Buffer.from(part, "utf16le")],
  ["gzipped", Buffer.concat([Buffer.from("junk"), gzipSync(`a ${secret} b`)])],
  ["percent-encoded", Buffer.from([...Buffer.from(part)].map((byte) => `%${byte.toString(16)}`).join(""))],
];

test.each(leaks)("S2: a secret is found %s", (_name, haystack) => {
  expect(findSecrets(haystack, [secret])).not.toEqual([]);
});

test("S2: nothing is found in what holds no secret", () => {
  const other = createKey({ prefix: "kw", environment: "test" }, { bytes: (n) => randomBytes(n) }).reveal();
  expect(findSecrets(Buffer.from(`${other} kw_test_ …${secret.slice(-4)}`), [secret])).toEqual([]);
});
