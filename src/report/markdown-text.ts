/**
 * Security check G10: prose of any origin inside Markdown. Entities keep Markdown and HTML from seeing structure.
 * GitHub looks for mentions, references and links in the finished page, where entities are characters again, so
 * those are also parted by a zero-width space, itself written as an entity.
 */

import { printable } from "./printable.ts";

const STRUCTURE = /[<>&\\`*_~|[\]$#@]|^[-+=\s]|(?<=^\d+)[.)]|:(?=\S)/gu;
const PARTED =
  /[@#](?=[\p{L}\p{N}_-])|:(?=\/\/|[\w+-]+:)|(?<![a-z0-9])(?:(?:GH|CVE|GHSA)-(?=[a-z0-9])|www(?=\.))/giu;
/** A commit, whole or abbreviated: no piece of seven digits is left of it. */
const COMMIT = /(?<![a-z0-9])[0-9a-f]{7,}(?![a-z0-9])/giu;
const SEAM = "\u200b";
const SEAM_ENTITY = "&#8203;";

/** One line, anywhere in a line, a table's cell or raw HTML; shows as `printable(text)` does. */
export const markdownText = (text: string): string =>
  printable(text)
    // No zero-width space is left in printable text: each one is a seam.
    .replace(PARTED, (found) => `${found}${SEAM}`)
    .replace(COMMIT, (found) => found.replace(/.{6}(?=.)/g, (piece) => `${piece}${SEAM}`))
    .replace(STRUCTURE, (found) => `&#${found.codePointAt(0)};`)
    .replaceAll(SEAM, SEAM_ENTITY);
