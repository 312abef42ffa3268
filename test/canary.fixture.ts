/**
 * Looks for secrets where none may be (security check S2): in any of the encodings in which one could slip
 * out, whole or as any 12 characters in a row.
 */

import { gunzipSync } from "node:zlib";

const WINDOW = 12;

/** What was found, as `raw: abcdefghijkl`-like descriptions of the encoding and the offset; never the secret. */
export function findSecrets(haystack: Buffer, secrets: readonly string[]): readonly string[] {
  const layers = [haystack, ...gunzipped(haystack)];
  return layers.flatMap((layer) =>
    secrets.flatMap((secret, index) =>
      needlesOf(secret)
        .filter(({ bytes }) => layer.includes(bytes))
        .map(({ encoding, offset }) => `secret ${index}: ${encoding} at character ${offset}`)
        .slice(0, 1),
    ),
  );
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
