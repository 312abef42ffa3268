/**
 * Takes secrets out of text that others wrote: a sink may say back what it was given, a store what it has made. What is
 * looked for is every piece of a secret that is long enough to be of use.
 */

import { KeywrightError } from "./error.ts";
import { redactKeys } from "./key-format.ts";
import { readingsOf, type Reading } from "./readings.ts";
import type { Secret } from "./secret.ts";
import { secretPieces, type SecretPieces } from "./secret-pieces.ts";

export type Redact = (text: string) => string;

const REDACTED = "[redacted]";

/** Takes out what is known of `secrets`, however it was escaped, and whatever has the form of a key. */
export function redactSecrets(text: string, secrets: readonly Secret[]): string {
  const pieces = secretPieces(secrets);
  if (!pieces) return redactKeys(text);
  const isCovered = new Uint8Array(text.length);
  for (const reading of readingsOf(text)) cover(isCovered, reading, pieces);
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
  line.replace(/[0-9A-Za-z+=-]{12}[0-9A-Za-z+=-]*/g, (word) =>
    /\d|[a-z][A-Z]/.test(word) ? REDACTED : word,
  );

/** Where a text ends, or was cut: what stands before may be the beginning of a secret. */
const CUT = /…|\.{3}|$/g;

function cover(isCovered: Uint8Array, { text, starts, ends }: Reading, pieces: SecretPieces): void {
  const take = (at: number, length: number): void => {
    if (length > 0) isCovered.fill(1, starts[at], ends[at + length - 1]);
  };
  for (let at = 0; at < text.length; at += 1) take(at, pieces.lengthAt(text, at));
  for (const { index } of text.matchAll(CUT)) {
    const length = pieces.lengthBefore(text, index);
    take(index - length, length);
  }
}

function withoutCovered(text: string, isCovered: Uint8Array): string {
  let kept = "";
  for (let at = 0; at < text.length;) {
    const end = isCovered.indexOf(1 - (isCovered[at] as number), at);
    const next = end === -1 ? text.length : end;
    kept += isCovered[at] === 1 ? REDACTED : text.slice(at, next);
    at = next;
  }
  return kept;
}

/**
 * The same error, of the same class, with every text in it redacted: message, stack, hint, causes, and whatever else it
 * carries. Messages and hints are cut to 800 characters. What cannot be changed gives way to another error.
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
      const text = whole instanceof Error ? redactIn(whole, name, part, redact) : redact(part);
      if (text !== part) isDone = Reflect.set(whole, name, text) && isDone;
    } else if (isContainer(part) && !seen.has(part)) {
      seen.add(part);
      isDone = redactParts(part, redact, seen) && isDone;
    }
  }
  return isDone;
}

/** Of an error: its words are cut to what people read, and only then, when they are safe. */
function redactIn(error: Error, name: PropertyKey, text: string, redact: Redact): string {
  if (name === "message" || name === "hint") return shorten(redact(text));
  const at = name === "stack" ? text.indexOf(error.message) : -1;
  if (at === -1) return redact(text);
  // The stack comes before the message among the parts of an error: it still has the message as it was.
  const end = at + error.message.length;
  return `${redact(text.slice(0, at))}${shorten(redact(error.message))}${redact(text.slice(end))}`;
}

const LONGEST_TEXT = 800;

/** At most 800 characters of it. To be asked for after redaction: what is cut may not be known again. */
export const shorten = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1).replace(/[\ud800-\udbff]$/, "")}…`;

/** What is printed with an error: no sockets and no streams, which lead to the whole of the process. */
const isContainer = (value: unknown): value is object =>
  value instanceof Error || Array.isArray(value) || isPlain(value);

const isPlain = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function replacement(error: object, redact: Redact): Error {
  const message = shorten(
    redact(error instanceof Error ? error.message : "something was thrown that is no error"),
  );
  return error instanceof KeywrightError ? new KeywrightError(error.code, message) : new Error(message);
}
