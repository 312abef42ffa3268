/**
 * Looks for secrets where none may be (security check S2): in any of the encodings in which one could slip
 * out, whole or as any 12 characters in a row.
 */

import { gunzipSync } from "node:zlib";

const WINDOW = 12;

/** What was found, as `secret 0: base64 (+1) at character 12`: never the secret itself. One line a secret. */
export function findSecrets(haystack: Buffer, secrets: readonly string[]): readonly string[] {
  if (secrets.length === 0) return [];
  const index = indexOf(secrets);
  return [haystack, ...gunzipped(haystack)].flatMap((layer) => findNeedles(layer, index));
}

/** The needles by their last four bytes, and a bit for each hash of those: thousands of needles in one pass. */
interface Index {
  readonly needles: ReadonlyMap<number, readonly Sought[]>;
  readonly isSeen: Uint8Array;
}

interface Sought extends Needle {
  readonly secret: number;
}

const HASH_BITS = 20;

const slotOf = (tail: number): number => Math.imul(tail, 0x9e3779b1) >>> (32 - HASH_BITS);

const indexes = new WeakMap<readonly string[], Index>();

/** Made once for a list, which nobody changes. */
function indexOf(secrets: readonly string[]): Index {
  const known = indexes.get(secrets);
  if (known) return known;
  const index = buildIndex(secrets);
  indexes.set(secrets, index);
  return index;
}

function buildIndex(secrets: readonly string[]): Index {
  const needles = new Map<number, Sought[]>();
  const isSeen = new Uint8Array(1 << HASH_BITS);
  for (const [secret, text] of secrets.entries()) {
    for (const needle of needlesOf(text)) {
      const tail = needle.bytes.readInt32BE(needle.bytes.length - 4);
      isSeen[slotOf(tail)] = 1;
      const others = needles.get(tail);
      if (others) others.push({ ...needle, secret });
      else needles.set(tail, [{ ...needle, secret }]);
    }
  }
  return { needles, isSeen };
}

function findNeedles(layer: Buffer, { needles, isSeen }: Index): readonly string[] {
  const found = new Map<number, string>();
  let tail = 0;
  for (let end = 1; end <= layer.length; end += 1) {
    tail = (tail << 8) | (layer[end - 1] as number);
    if (isSeen[slotOf(tail)] !== 1) continue;
    for (const { secret, encoding, offset, bytes } of needles.get(tail) ?? []) {
      if (found.has(secret) || end < bytes.length) continue;
      if (layer.compare(bytes, 0, bytes.length, end - bytes.length, end) === 0) {
        found.set(secret, `secret ${secret}: ${encoding} at character ${offset}`);
      }
    }
  }
  return [...found.values()];
}

interface Needle {
  readonly encoding: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

const cache = new Map<string, readonly Needle[]>();

function needlesOf(secret: string): readonly Needle[] {
  const known = cache.get(secret);
  if (known) return known;
  const needles = windows(secret).flatMap(({ text, offset }) => encodings(text, offset));
  cache.set(secret, needles);
  return needles;
}

/** The prefix and the environment are no secret: only what comes after the last underscore is looked for. */
function windows(secret: string): readonly { readonly text: string; readonly offset: number }[] {
  const start = secret.lastIndexOf("_") + 1;
  const body = secret.slice(start);
  if (body.length < WINDOW) throw new Error(`a secret of ${body.length} characters cannot be looked for`);
  return Array.from({ length: body.length - WINDOW + 1 }, (_, i) => ({
    text: body.slice(i, i + WINDOW),
    offset: start + i,
  }));
}

function encodings(text: string, offset: number): readonly Needle[] {
  const bytes = Buffer.from(text);
  const forms: readonly (readonly [string, Buffer])[] = [
    ["raw", bytes],
    ["reversed", Buffer.from(text.split("").toReversed().join(""))],
    ["UTF-16LE", Buffer.from(text, "utf16le")],
    ["UTF-16BE", Buffer.from(text, "utf16le").swap16()],
    ["hex", Buffer.from(bytes.toString("hex"))],
    ["HEX", Buffer.from(bytes.toString("hex").toUpperCase())],
    ["percent-encoded", Buffer.from([...bytes].map((byte) => `%${byte.toString(16)}`).join(""))],
    ["unicode-escaped", Buffer.from([...bytes].map((byte) => `\\u00${byte.toString(16)}`).join(""))],
    ...base64Forms(bytes),
  ];
  return forms.map(([encoding, needle]) => ({ encoding, offset, bytes: needle }));
}

/** Base64 of the text at each of the three positions it can have in a longer one, without the uncertain ends. */
function base64Forms(bytes: Buffer): readonly (readonly [string, Buffer])[] {
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const certain = encoded.slice(Math.ceil((shift * 4) / 3), -1);
    const urlSafe = certain.replaceAll("+", "-").replaceAll("/", "_");
    return [
      [`base64 (+${shift})`, Buffer.from(certain)],
      [`base64url (+${shift})`, Buffer.from(urlSafe)],
    ] as const;
  });
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

function gunzipped(haystack: Buffer): readonly Buffer[] {
  const layers: Buffer[] = [];
  for (let at = haystack.indexOf(GZIP_MAGIC); at >= 0; at = haystack.indexOf(GZIP_MAGIC, at + 1)) {
    try {
      layers.push(gunzipSync(haystack.subarray(at)));
    } catch {
      // It only looked like the beginning of a gzip stream.
    }
  }
  return layers;
}
