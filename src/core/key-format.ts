/**
 * The text of a key: `<prefix>_<environment>_<40 base62><6 base62 of CRC-32>`. 40 base62 characters are
 * 238 bits; the checksum lets scanners and servers refuse garbage without a look-up.
 */

import { hash } from "node:crypto";
import type { Random } from "./ports.ts";
import { Secret } from "./secret.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH = 40;
const CHECKSUM_LENGTH = 6;

/** Both parts are lower-case letters and digits, starting with a letter. */
export interface KeyFormat {
  readonly prefix: string;
  readonly environment: string;
}

/** A new key from `random`; each character is uniform (bytes of 248 and above are thrown away). */
export function createKey(format: KeyFormat, random: Random): Secret {
  let body = "";
  while (body.length < BODY_LENGTH) {
    for (const byte of random.bytes(64)) {
      if (byte < 248 && body.length < BODY_LENGTH) body += ALPHABET[byte % 62];
    }
  }
  return Secret.of(`${format.prefix}_${format.environment}_${body}${checksum(body)}`);
}

const SHAPE = /^[a-z][a-z0-9]*_[a-z][a-z0-9]*_([0-9A-Za-z]{40})([0-9A-Za-z]{6})$/;

/** Whether `text` has the shape and the checksum of a key. Says nothing about whether it exists. */
export function isKeyText(text: string): boolean {
  const match = SHAPE.exec(text);
  return isChecked(match?.[1], match?.[2]);
}

/**
 * A key's body and checksum wherever they stand, with what looks like its prefix. Two such never overlap, so
 * none hides behind another; the bounds keep the search linear in the text (security check G12).
 */
const ANYWHERE = /(?:[a-z][a-z0-9]{0,31}_[a-z][a-z0-9]{0,31})?_([0-9A-Za-z]{40})([0-9A-Za-z]{6})/g;

/** Whether a real key stands anywhere inside `text`. */
export const containsKey = (text: string): boolean =>
  Array.from(text.matchAll(ANYWHERE)).some((match) => isChecked(match[1], match[2]));

/** `text` with every key in it replaced: the last net under what is printed or logged. */
export const redactKeys = (text: string): string =>
  text.replace(ANYWHERE, (match, body: string, sum: string) => (isChecked(body, sum) ? "[redacted]" : match));

const isChecked = (body: string | undefined, sum: string | undefined): boolean =>
  body !== undefined && checksum(body) === sum;

export const last4Of = (key: Secret): string => key.reveal().slice(-4);

/** SHA-256 of the key as 64 hex digits: what a client registers instead of the key itself. */
export const keyDigest = (key: Secret): string => hash("sha256", key.reveal());

/** The first 16 hex digits of the key's SHA-256: names a value in ledgers and receipts without giving it away. */
export const fingerprintOf = (key: Secret): string => keyDigest(key).slice(0, 16);

function checksum(body: string): string {
  let rest = crc32(body);
  let text = "";
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    text = `${ALPHABET[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** CRC-32 (IEEE 802.3, as zlib's) of ASCII text, as an unsigned 32-bit number. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i += 1) {
    crc = (CRC_TABLE[(crc ^ text.charCodeAt(i)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
