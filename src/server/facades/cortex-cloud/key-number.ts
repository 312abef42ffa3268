/** A key's id in this API: a number. */

/** What the database's integers hold. */
export const MOST_NUMBER = 2 ** 31 - 1;

/** Undefined unless `text` is the decimal text of a number that a key can have. */
export function parseNumber(text: string | readonly string[] | undefined): number | undefined {
  if (typeof text !== "string" || !/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= MOST_NUMBER ? number : undefined;
}
