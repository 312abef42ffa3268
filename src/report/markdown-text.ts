/**
 * Security check G10: prose of any origin inside Markdown. Entities keep Markdown and HTML from seeing structure.
 * GitHub looks for mentions, references and links in the finished page, where entities are characters again, so
 * those are also parted by a zero-width space, itself written as an entity.
 */

import { printable } from "./printable.ts";

const STRUCTURE = /[<>&\\`*_~|[\]$#@]|^[-+=\s]|(?<=^\d+)[.)]|:(?=\S)/gu;
const PARTED = /[@#](?=[\p{L}\p{N}_-])|:(?=\/\/)|\bGH-(?=\d)|\bwww(?=\.)/giu;
const SEAM = "\u200b";
const SEAM_ENTITY = "&#8203;";

/** One line, anywhere in a line, a table's cell or raw HTML; shows as `printable(text)` does. */
export const markdownText = (text: string): string =>
  printable(text)
    // No zero-width space is left in printable text: each one is a seam.
    .replace(PARTED, (found) => `${found}${SEAM}`)
    .replace(STRUCTURE, (found) => `&#${found.codePointAt(0)};`)
    .replaceAll(SEAM, SEAM_ENTITY);
