import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  containsKey,
  createKey,
  fingerprintOf,
  isKeyText,
  keyDigest,
  last4Of,
  redactKeys,
} from "./key-format.ts";
import type { Random } from "./ports.ts";
import { Secret } from "./secret.ts";
import { cpuMs } from "./cpu-time.fixture.ts";

const FORMAT = { prefix: "kw", environment: "live" };
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const random: Random = { bytes: (length) => randomBytes(length) };

const aKeyText = (): string => createKey(FORMAT, random).reveal();

/** An independent reading of the format: CRC-32 by zlib, base 62 by division. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = "";
  while (text.length < 6) {
    text = (BASE62[rest % 62] ?? "") + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

test("a key is prefix, environment, 40 random characters and their CRC-32 in base 62", () => {
  for (let i = 0; i < 50; i += 1) {
    const [prefix, environment, rest = ""] = aKeyText().split("_");
    expect([prefix, environment]).toEqual(["kw", "live"]);
    expect(rest).toMatch(/^[0-9A-Za-z]{46}$/);
    expect(rest.slice(40)).toBe(checksumOf(rest.slice(0, 40)));
  }
});

test("every character of the alphabet is equally likely", () => {
  const counts = new Map<string, number>();
  const keys = 2_000;
  for (let i = 0; i < keys; i += 1) {
    for (const char of aKeyText().slice("kw_live_".length, -6)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  const expected = (keys * 40) / 62;
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // 61 degrees of freedom: above 130 once in a million runs.
  expect(chiSquare).toBeLessThan(130);
});

test("bytes that would favour some characters are thrown away", () => {
  const chunks = [new Uint8Array(64).fill(248), new Uint8Array(64).fill(255), new Uint8Array(64).fill(247)];
  const key = createKey(FORMAT, { bytes: () => chunks.shift() ?? new Uint8Array(64) });
  expect(key.reveal().slice("kw_live_".length, -6)).toBe("z".repeat(40));
});

test("no two keys are the same", () => {
  expect(new Set(Array.from({ length: 1_000 }, aKeyText)).size).toBe(1_000);
});

test("a key with any one character changed is refused by its checksum", () => {
  const text = aKeyText();
  for (let at = "kw_live_".length; at < text.length; at += 1) {
    const other = text[at] === "0" ? "1" : "0";
    expect(isKeyText(text.slice(0, at) + other + text.slice(at + 1))).toBe(false);
  }
});

test("a key with two neighbours swapped is refused by its checksum", () => {
  const text = aKeyText();
  for (let at = "kw_live_".length; at < text.length - 1; at += 1) {
    if (text[at] === text[at + 1]) continue;
    expect(isKeyText(text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2))).toBe(
      false,
    );
  }
});

test("what has not the shape of a key is refused", () => {
  const text = aKeyText();
  expect(isKeyText(text)).toBe(true);
  for (const other of [
    "",
    "kw_live_",
    text.slice(0, -1),
    `${text}0`,
    `${text}\n`,
    ` ${text}`,
    text.replace("kw_", "KW_"),
    text.replace("kw_", "9k_"),
    text.replace("kw_", "_"),
    text.replace("_live", ""),
    text.replace("live", "li-ve"),
  ]) {
    expect(isKeyText(other), other).toBe(false);
  }
});

test("random text is never taken for a key", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from(BASE62)), minLength: 46, maxLength: 46 }),
      (body) => {
        expect(isKeyText(`kw_live_${body}`)).toBe(body.slice(40) === checksumOf(body.slice(0, 40)));
      },
    ),
  );
});

test("S2: a key is found and taken out wherever it stands in a text", () => {
  const surrounding = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(surrounding, surrounding, (before, after) => {
      const text = aKeyText();
      const line = before + text + after;
      expect(containsKey(line)).toBe(true);
      expect(redactKeys(line)).not.toContain(text.slice(-46));
    }),
  );
});

test("S2: a key cannot hide behind what only looks like one", () => {
  const text = aKeyText();
  for (const line of [
    `x_y_${"A".repeat(44)}${text}`,
    `a_b_c_${text}`,
    `${text}${text}`,
    `KW_LIVE_${text.slice(-46)}`,
    `${"a".repeat(100)}${text}`,
    `${"9".repeat(40)}_${text}`,
    `${text}moreofit`,
  ]) {
    expect(containsKey(line), line).toBe(true);
    expect(redactKeys(line), line).not.toContain(text.slice(-46));
  }
});

test("S2: every key of a text is taken out, and nothing else", () => {
  const [a, b] = [aKeyText(), aKeyText()];
  expect(redactKeys(`one ${a}, two ${b}.`)).toBe("one [redacted], two [redacted].");
  const garbage = `kw_live_${"A".repeat(46)}`;
  expect(redactKeys(`not a key: ${garbage}`)).toBe(`not a key: ${garbage}`);
});

test("G14: text without a key contains none", () => {
  expect(containsKey("")).toBe(false);
  expect(containsKey(`kw_live_${"A".repeat(46)}`)).toBe(false);
  expect(containsKey(aKeyText().slice(0, -1))).toBe(false);
});

test.each(["a", "a_", "a_a_", "ab_", "_", "a_A"])("G12: a mebibyte of %j is searched in no time", (unit) => {
  const text = unit.repeat(Math.ceil(2 ** 20 / unit.length));
  const started = cpuMs();
  expect(containsKey(text)).toBe(false);
  expect(redactKeys(text)).toBe(text);
  expect(cpuMs() - started).toBeLessThan(2_000);
});

test("a key is known by the beginning of its SHA-256 and by its last four characters", () => {
  const key = Secret.of("kw_live_abcd");
  const digest = createHash("sha256").update("kw_live_abcd").digest("hex");
  expect(keyDigest(key)).toBe(digest);
  expect(fingerprintOf(key)).toBe(digest.slice(0, 16));
  expect(last4Of(key)).toBe("abcd");
});
