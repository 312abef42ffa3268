/** What of a secret must not be read: pieces of it that are long enough to be of use, plain, in hex and in Base64. */

import { squeeze } from "./readings.ts";
import type { Secret } from "./secret.ts";

/** In characters. Four of them may be shown (`last4`); a dozen of them help whoever guesses. */
const PIECE = 12;

/** What is shorter stands in many a word. A whole value is sought however short it is. */
const SHORTEST = 4;

/** Lines of this length are no longer found by the pieces of the whole when they stand alone in Base64. */
const SHORT_LINE = 18;

export interface SecretPieces {
  /** How many characters of `text`, without spaces, are a piece from `at` on; 0: none. */
  readonly lengthAt: (text: string, at: number) => number;
  /** How many characters of `text` before `end` begin a secret that goes on where the text was cut; 0: none. */
  readonly lengthBefore: (text: string, end: number) => number;
}

/** For a look at many places; undefined when there is nothing to look for. */
export function secretPieces(secrets: readonly Secret[]): SecretPieces | undefined {
  const forms = [...new Set(secrets.flatMap((secret) => formsOf(secret.reveal())))];
  if (forms.length === 0) return undefined;
  const tiny = forms.filter(({ length }) => length < SHORTEST);
  const table = createTable(forms.filter(({ length }) => length >= SHORTEST));
  return {
    lengthAt: (text, at) => {
      const length = longestAt(table, text, at);
      return length > 0 ? length : (tiny.find((form) => text.startsWith(form, at))?.length ?? 0);
    },
    lengthBefore: (text, end) => {
      for (let length = Math.min(PIECE - 1, end); length >= SHORTEST; length -= 1)
        if (isBeginning(table, text, end - length, length)) return length;
      return 0;
    },
  };
}

/** Each without its spaces. The lines of a value may be said one by one. */
function formsOf(value: string): readonly string[] {
  const whole = squeeze(value);
  const lines = value
    .split(/[\r\n\v\f\u0085\u2028\u2029]/)
    .map((line) => line.trim())
    .filter((line) => line !== value && squeeze(line).length >= SHORTEST);
  return [
    ...(whole === "" ? [] : [whole]),
    ...[value, ...lines.filter((line) => line.length < SHORT_LINE)].flatMap(encodedForms),
    ...lines.map(squeeze),
  ];
}

function encodedForms(value: string): readonly string[] {
  const hex = Buffer.from(value).toString("hex");
  return [hex, hex.toUpperCase(), ...base64Forms(value)].filter(({ length }) => length >= SHORTEST);
}

/** At each of the three places that a value can have in a longer one, without the uncertain ends. */
const base64Forms = (value: string): readonly string[] =>
  [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.from(" ".repeat(shift) + value).toString("base64");
    const certain = encoded.replace(/=+$/, "").slice(Math.ceil((shift * 4) / 3), -1);
    return [certain, certain.replaceAll("+", "-").replaceAll("/", "_")];
  });

/** Pieces by their first four characters: texts are long, and a string for each of their places takes its time. */
interface Table {
  /** All forms, one after the other. */
  readonly pool: string;
  /** By hash: the last piece that begins so, as its place in the pool counted from 1; 0: none. */
  readonly heads: Int32Array;
  /** By place in the pool: the piece before it with the same hash, as in `heads`. */
  readonly next: Int32Array;
  /** By place in the pool: how long the piece is that begins here. */
  readonly lengths: Uint8Array;
  /** By place in the pool: 1 where a form begins. */
  readonly isFirst: Uint8Array;
}

function createTable(forms: readonly string[]): Table {
  const pool = forms.join("");
  const heads = new Int32Array(2 ** Math.min(20, Math.ceil(Math.log2(2 * pool.length + 1))));
  const next = new Int32Array(pool.length);
  const lengths = new Uint8Array(pool.length);
  const isFirst = new Uint8Array(pool.length);
  let start = 0;
  for (const { length } of forms) {
    const piece = Math.min(PIECE, length);
    isFirst[start] = 1;
    for (let at = start; at + piece <= start + length; at += 1) {
      const hash = hashAt(pool, at) & (heads.length - 1);
      next[at] = heads[hash] as number;
      heads[hash] = at + 1;
      lengths[at] = piece;
    }
    start += length;
  }
  return { pool, heads, next, lengths, isFirst };
}

function longestAt({ pool, heads, next, lengths }: Table, text: string, at: number): number {
  let longest = 0;
  let entry = heads[hashAt(text, at) & (heads.length - 1)] as number;
  for (; entry !== 0 && longest < PIECE; entry = next[entry - 1] as number) {
    const length = lengths[entry - 1] as number;
    if (length > longest && isSame(pool, entry - 1, text, at, length)) longest = length;
  }
  return longest;
}

/** Whether the `length` characters of `text` from `at` on, and no more of it, begin a form. */
function isBeginning(table: Table, text: string, at: number, length: number): boolean {
  const { pool, heads, next, isFirst } = table;
  let entry = heads[hashAt(text, at) & (heads.length - 1)] as number;
  for (; entry !== 0; entry = next[entry - 1] as number)
    if (isFirst[entry - 1] === 1 && isSame(pool, entry - 1, text, at, length)) return true;
  return false;
}

function isSame(pool: string, from: number, text: string, at: number, length: number): boolean {
  for (let index = 0; index < length; index += 1)
    if (pool.charCodeAt(from + index) !== text.charCodeAt(at + index)) return false;
  return true;
}

/** Of four UTF-16 units; beyond the end of the text they count as 0. */
function hashAt(text: string, at: number): number {
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  const high = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16);
  const mixed = Math.imul(Math.imul(low, 0x9e3779b1) ^ high, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
