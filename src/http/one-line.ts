/** Enough for whoever redacts it to know a secret again; people get less of it to read. */
const LONGEST_TEXT = 32_768;

/**
 * What somebody else wrote, fit for a message: one line without control characters. Not cut to what people read: that is
 * done where secrets are taken out of it, and after that.
 */
export const oneLine = (text: string): string =>
  (text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, " ")
    .trim();
