/** The text formats of the API's schemas, each with its rule and its words for people. */

import { containsKey } from "../core/key-format.ts";
import { canonicalAddress } from "../core/address-range.ts";

interface TextFormat {
  readonly validate: (text: string) => boolean;
  readonly expects: string;
}

// Control characters, halves of surrogate pairs, line and paragraph separators, and what changes the direction of text or hides in it.
const INVISIBLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const INVISIBLE_BUT_BREAKS =
  /(?![\n\t])[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

const HALF_SURROGATE = /\p{Cs}/u;
const MOST_SECRET_BYTES = 64 * 1024;

export const FORMATS = {
  line: {
    validate: (text) => !INVISIBLE.test(text) && !containsKey(text),
    expects: "must be one line without control or invisible characters, and without an API key in it",
  },
  text: {
    validate: (text) => !INVISIBLE_BUT_BREAKS.test(text) && !containsKey(text),
    expects: "must be text without control or invisible characters, and without an API key in it",
  },
  instant: {
    validate: isInstant,
    expects: "must be a date and time with an offset, such as 2027-03-31T12:00:00Z",
  },
  address: {
    validate: (text) => canonicalAddress(text) !== undefined,
    expects: "must be an IPv4 or IPv6 address",
  },
  /** The value of a stored secret: any text that UTF-8 can hold, line breaks and keys included. */
  "secret-value": {
    validate: (text) =>
      text !== "" && !HALF_SURROGATE.test(text) && Buffer.byteLength(text) <= MOST_SECRET_BYTES,
    expects: "must be text of 1 to 65536 bytes in UTF-8",
  },
} as const satisfies Readonly<Record<string, TextFormat>>;

export const isFormat = (name: string): name is keyof typeof FORMATS => Object.hasOwn(FORMATS, name);

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 within the years 1970 to 9999, on a day that exists. */
function isInstant(text: string): boolean {
  const match = INSTANT.exec(text);
  const time = Date.parse(text);
  if (!match || Number.isNaN(time)) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const isRealDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return isRealDay && time >= 0 && new Date(time).getUTCFullYear() <= 9999;
}
