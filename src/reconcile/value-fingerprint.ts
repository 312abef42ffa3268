/**
 * Fingerprints of values that people choose, which may be short and easy to guess: salted, and slow on purpose (scrypt,
 * RFC 7914). `scrypt$<log2 of N>$<r>$<p>$<salt>$<hash>`, the last two in base64url.
 */

import { hash, scrypt, type ScryptOptions, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../core/ports.ts";
import type { Secret } from "../core/secret.ts";

const LOG_N = 15;
const BLOCK = 8;
const PARALLEL = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_MEMORY = 128 * 1024 * 1024;
const FORM = /^scrypt\$(\d{2})\$(\d)\$(\d)\$([\w-]{22})\$([\w-]{43})$/;
const MOST_LOG_N = 16;

type Scrypt = (value: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer>;
const scryptAsync: Scrypt = promisify(scrypt);

/** Another one at every call, for its salt. `logN`: what it costs, and what guessing costs; tests take less. */
export async function fingerprintValue(value: Secret, random: Random, logN = LOG_N): Promise<string> {
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  const derived = await derive(value, salt, { N: 2 ** logN, r: BLOCK, p: PARALLEL });
  const parts = [
    "scrypt",
    String(logN).padStart(2, "0"),
    BLOCK,
    PARALLEL,
    salt.toString("base64url"),
    derived.toString("base64url"),
  ];
  const fingerprint = parts.join("$");
  remember(questionOf(value, fingerprint), true);
  return fingerprint;
}

/** Whether `fingerprint` was made of this value; false for what is no such fingerprint. */
export async function hasFingerprint(value: Secret, fingerprint: string): Promise<boolean> {
  const question = questionOf(value, fingerprint);
  const known = answers.get(question);
  if (known !== undefined) return known;
  const [, ...parts] = FORM.exec(fingerprint) ?? [];
  const [logN = NaN, r, p] = parts.slice(0, 3).map(Number);
  const [salt, expected] = parts.slice(3).map((part) => Buffer.from(part, "base64url"));
  // A ledger that somebody edited must not keep a plan busy for hours.
  const isBearable = logN >= 1 && logN <= MOST_LOG_N && r === BLOCK && p === PARALLEL;
  if (!isBearable || !salt || !expected) return false;
  const isSame = timingSafeEqual(await derive(value, salt, { N: 2 ** logN, r, p }), expected);
  remember(question, isSame);
  return isSame;
}

const derive = (value: Secret, salt: Buffer, cost: ScryptOptions): Promise<Buffer> =>
  scryptAsync(value.reveal(), salt, HASH_BYTES, { ...cost, maxmem: MAX_MEMORY });

/** An apply asks all that its plan asked before. Lives and dies with this process, as the values themselves do. */
const answers = new Map<string, boolean>();
const MOST_ANSWERS = 1000;

const questionOf = (value: Secret, fingerprint: string): string =>
  `${fingerprint} ${hash("sha256", value.reveal())}`;

function remember(question: string, answer: boolean): void {
  const [oldest] = answers.size < MOST_ANSWERS ? [] : answers.keys();
  if (oldest !== undefined) answers.delete(oldest);
  answers.set(question, answer);
}
