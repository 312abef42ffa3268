/**
 * Takes secrets out of text that others wrote: a sink may say back what it was given, a store what it has made. What is
 * looked for is every piece of a secret, plain, in hex and in Base64, that is long enough to be of use.
 */

import { KeywrightError } from "./error.ts";
import { redactKeys } from "./key-format.ts";
import type { Secret } from "./secret.ts";

export type Redact = (text: string) => string;

/** In characters. Four of them may be shown (`last4`); a dozen of them help whoever guesses. */
const PIECE = 12;
const REDACTED = "[redacted]";

/** Takes out what is known of `secrets`, and whatever has the form of a key. */
export function redactSecrets(text: string, secrets: readonly Secret[]): string {
  const isCovered = new Uint8Array(text.length);
  for (const form of secrets.flatMap(formsOf)) cover(isCovered, text, form);
  return redactKeys(withoutCovered(text, isCovered));
}

/** For an answer that may tell a secret which nobody else knows yet: every word that could be one. */
export const redactWords = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line.startsWith(STACK_FRAME) ? line : redactLine(line)))
    .join("\n");

const STACK_FRAME = "    at ";

const redactLine = (line: string): string =>
  line.replace(/[0-9A-Za-z+=-]{12,}/g, (word) => (/\d|[a-z][A-Z]/.test(word) ? REDACTED : word));

function formsOf(secret: Secret): readonly string[] {
  const value = secret.reveal();
  if (value === "") return [];
  const hex = Buffer.from(value).toString("hex");
  return [value, hex, hex.toUpperCase(), ...base64Forms(value)];
}

/** At each of the three places that a value can have in a longer one, without the uncertain ends. */
const base64Forms = (value: string): readonly string[] =>
  [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.from(" ".repeat(shift) + value).toString("base64");
    const certain = encoded.replace(/=+$/, "").slice(Math.ceil((shift * 4) / 3), -1);
    return [certain, certain.replaceAll("+", "-").replaceAll("/", "_")];
  });

function cover(isCovered: Uint8Array, text: string, form: string): void {
  const length = Math.min(PIECE, form.length);
  const pieces = new Set<string>();
  for (let at = 0; at + length <= form.length; at += 1) pieces.add(form.slice(at, at + length));
  for (let at = 0; at + length <= text.length; at += 1) {
    if (pieces.has(text.slice(at, at + length))) isCovered.fill(1, at, at + length);
  }
}

function withoutCovered(text: string, isCovered: Uint8Array): string {
  let kept = "";
  for (let at = 0; at < text.length; at += 1) {
    if (isCovered[at] !== 1) kept += text[at];
    else if (isCovered[at - 1] !== 1) kept += REDACTED;
  }
  return kept;
}

/**
 * The same error, of the same class, with every text in it redacted: message, stack, hint, causes, and whatever else it
 * carries. What cannot be changed gives way to another error.
 */
export function redactError(error: unknown, redact: Redact): unknown {
  if (typeof error === "string") return redact(error);
  if (typeof error !== "object" || error === null) return error;
  return redactParts(error, redact, new Set([error])) ? error : replacement(error, redact);
}

/** False when a part was to be changed and could not be. `seen`: a chain of causes may bite its tail. */
function redactParts(whole: object, redact: Redact, seen: Set<object>): boolean {
  let isDone = true;
  for (const name of Reflect.ownKeys(whole)) {
    const part: unknown = Reflect.get(whole, name);
    if (typeof part === "string") {
      const text = redact(part);
      if (text !== part) isDone = Reflect.set(whole, name, text) && isDone;
    } else if (isContainer(part) && !seen.has(part)) {
      seen.add(part);
      isDone = redactParts(part, redact, seen) && isDone;
    }
  }
  return isDone;
}

/** What is printed with an error: no sockets and no streams, which lead to the whole of the process. */
const isContainer = (value: unknown): value is object =>
  value instanceof Error || Array.isArray(value) || isPlain(value);

const isPlain = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function replacement(error: object, redact: Redact): Error {
  const message = redact(error instanceof Error ? error.message : "something was thrown that is no error");
  return error instanceof KeywrightError ? new KeywrightError(error.code, message) : new Error(message);
}
