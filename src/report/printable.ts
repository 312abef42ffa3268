/** Security check G9: the only way of text from manifests, stores, sinks and errors into output for people. */

import { redactKeys } from "../core/key-format.ts";
import { INVISIBLE } from "./invisible.ts";

/** `text` as one line that a terminal shows as it is: line ends and what is invisible become `\u{…}`, a key `[redacted]`. */
export const printable = (text: string): string =>
  redactKeys(text).replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** The same for text of several lines, as a list of lines. */
export const printableLines = (text: string): readonly string[] => text.split(/\r?\n/).map(printable);
