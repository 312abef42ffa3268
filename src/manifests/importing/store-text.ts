/** Text that people once wrote into a store, made fit for a manifest: it is untrusted, and may hold anything. */

import { withoutSecrets } from "../../core/request.ts";
import { HIDDEN_CHARACTERS } from "../hidden-characters.ts";

/** One line of at most `length` code points, without what looks like a key. */
export const lineFit = (text: string, length: number): string =>
  cut(
    safe(text)
      .replace(HIDDEN_CHARACTERS, " ")
      .replaceAll(/[\t\r\n]+/g, " ")
      .trim(),
    length,
  );

/** The same with its lines kept. */
export const linesFit = (text: string, length: number): string =>
  cut(safe(text).replace(HIDDEN_CHARACTERS, " "), length);

/** Far more than anything of it is written, so that secrets are taken out before it is cut to that. */
const LONGEST_TEXT = 16_384;
/** The beginning of a key, too short to be told from a word. */
const LAST_WORD = /(?<![0-9A-Za-z_+=-])[0-9A-Za-z_+=-]{1,27}$/;

const safe = (text: string): string =>
  withoutSecrets(
    text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT).replace(LAST_WORD, "")}…`,
  );

const cut = (text: string, length: number): string => {
  const points = Array.from(text);
  return points.length <= length ? text : `${points.slice(0, length - 1).join("")}…`;
};

/** Lower-case letters and digits with single dashes between them, at most `length`; empty when nothing is left of it. */
export const slugOf = (text: string, length: number): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, length + 1)
    .replace(/^-/, "")
    .slice(0, length)
    .replace(/-$/, "");
