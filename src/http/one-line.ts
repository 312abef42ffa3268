const LONGEST_TEXT = 500;

/** What somebody else wrote, fit for a message: one line without control characters, of 500 characters at most. */
export const oneLine = (text: string): string =>
  text
    .slice(0, 4 * LONGEST_TEXT)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, " ")
    .slice(0, LONGEST_TEXT)
    .trim();
