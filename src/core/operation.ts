/** Names one attempt to mint a key; the store carries it in the key's marker. */

import type { Random } from "./ports.ts";

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

/** 12 characters of lower-case base32 (60 bits), from `random`. */
export const createOperation = (random: Random): string =>
  Array.from(random.bytes(12), (byte) => ALPHABET[byte & 31]).join("");
