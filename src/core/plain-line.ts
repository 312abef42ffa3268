import { redactKeys } from "./key-format.ts";

/**
 * Names are checked when they come in; this holds for those that came in another way: one line, without controls and
 * without what looks like a key.
 */
export const plainLine = (text: string): string =>
  redactKeys(text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")).trim();
