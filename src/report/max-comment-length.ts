/**
 * GitHub's limit for a comment, an issue or a part of a check run, which it counts in characters. In UTF-16 code units it
 * is never too much: a character is one or two of them, and at most four bytes, of which GitHub stores 262,144.
 */
export const MAX_COMMENT_LENGTH = 65_536;
