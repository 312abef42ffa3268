/** `text`, or its beginning and `…` where it has more than `max` UTF-16 code units. Never splits a surrogate pair. */
export const clip = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
