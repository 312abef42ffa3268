/** `text`, or its beginning and `…` where it is longer than `most`. Never splits a character in two. */
export const clipText = (text: string, most: number, lengthOf = (part: string) => part.length): string => {
  if (lengthOf(text) <= most) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (lengthOf(`${text.slice(0, middle)}…`) <= most) fits = middle;
    else tooLong = middle;
  }
  return `${text.slice(0, fits).replace(/[\ud800-\udbff]$/, "")}…`;
};

/** As UTF-8. */
export const bytesOf = (text: string): number => Buffer.byteLength(text);
