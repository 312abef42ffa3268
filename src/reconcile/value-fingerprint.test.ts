import { randomBytes, scryptSync } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "../core/secret.ts";
import { fingerprintValue, hasFingerprint } from "./value-fingerprint.ts";

const random = { bytes: (length: number) => randomBytes(length) };
const VALUE = Secret.of("hunter2");

test("the same value is known again, and no other is, whatever the salt", async () => {
  const [one, two] = [await fingerprintValue(VALUE, random, 4), await fingerprintValue(VALUE, random, 4)];
  expect(one).not.toBe(two);
  for (const fingerprint of [one, two]) {
    expect(await hasFingerprint(VALUE, fingerprint)).toBe(true);
    expect(await hasFingerprint(Secret.of("hunter3"), fingerprint)).toBe(false);
    expect(await hasFingerprint(Secret.of("hunter3"), fingerprint)).toBe(false);
  }
});

test("S2: a short value cannot be guessed cheaply from its fingerprint: it is scrypt with 32 MiB, and salted", async () => {
  const fingerprint = await fingerprintValue(VALUE, random);
  const [, salt = "", hash = ""] = /^scrypt\$15\$8\$1\$([\w-]{22})\$([\w-]{43})$/.exec(fingerprint) ?? [];
  const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 27 };
  expect(scryptSync("hunter2", Buffer.from(salt, "base64url"), 32, cost).toString("base64url")).toBe(hash);
});

test("a fingerprint that was made elsewhere, in an earlier process, is checked all the same", async () => {
  const salt = randomBytes(16);
  const hash = scryptSync("hunter2", salt, 32, { N: 16, r: 8, p: 1 });
  const fingerprint = `scrypt$04$8$1$${salt.toString("base64url")}$${hash.toString("base64url")}`;
  expect(await hasFingerprint(VALUE, fingerprint)).toBe(true);
});

const SALT_AND_HASH = `${"A".repeat(22)}$${"A".repeat(43)}`;

test.each([
  "",
  "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7",
  `scrypt$00$8$1$${SALT_AND_HASH}`,
  `scrypt$17$8$1$${SALT_AND_HASH}`,
  `scrypt$99$8$1$${SALT_AND_HASH}`,
  `scrypt$15$9$1$${SALT_AND_HASH}`,
  `scrypt$15$8$9$${SALT_AND_HASH}`,
  `scrypt$15$8$1$${SALT_AND_HASH}A`,
])("%s is nobody's fingerprint, and takes no time to say so", async (fingerprint) => {
  expect(await hasFingerprint(VALUE, fingerprint)).toBe(false);
});
