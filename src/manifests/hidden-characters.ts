const HIDDEN = [
  // Controls other than tab, line feed and carriage return.
  String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f`,
  // Formats: zero-width characters, marks of direction, tags. Halves of surrogate pairs.
  String.raw`\p{Cf}\p{Cs}`,
  // Separators of lines and paragraphs, and letters that show nothing.
  String.raw`\u2028\u2029\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0`,
].join("");

/**
 * Control characters, invisible ones, and those that turn the direction of text; a carriage return too, unless it
 * ends a line.
 */
export const HIDDEN_CHARACTERS = new RegExp(String.raw`[${HIDDEN}]|\r(?!\n)`, "gu");
