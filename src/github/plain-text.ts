/** `text` in the one form of what GitHub may give back: line ends and white space at its end differ. */
export const plainText = (text: string): string => text.replaceAll("\r\n", "\n").trimEnd();
