/** Text that people once wrote into a store, made fit for a manifest: it is untrusted, and may hold anything. */

import { withoutSecrets } from "../../core/request.ts";
import { HIDDEN_CHARACTERS } from "../hidden-characters.ts";

/** One line of at most `length` code points, without what looks like a key. */
export const lineFit = (text: string, length: number): string =>
  cut(
    withoutSecrets(text)
      .replace(HIDDEN_CHARACTERS, " ")
      .replaceAll(/[\t\r\n]+/g, " ")
      .trim(),
    length,
  );

/** The same with its lines kept. */
export const linesFit = (text: string, length: number): string =>
  cut(withoutSecrets(text).replace(HIDDEN_CHARACTERS, " "), length);

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
