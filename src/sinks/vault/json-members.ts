/**
 * The members of an object in JSON text, each as the text that it has there: what is only carried on comes out as it went in,
 * also a number that JavaScript would round.
 */

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+)/gy;

/** `text` is valid JSON of an object. Where a name stands twice, the last one counts, as it does for every parser. */
export function membersOf(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let start = 0;
  const end = (at: number): void => {
    if (name !== undefined) members.set(name, text.slice(start, at).trim());
    name = undefined;
  };
  for (const { 1: token = "", index, 0: whole } of text.matchAll(TOKEN)) {
    const at = index + whole.length - token.length;
    if (depth === 1 && (token === "," || token === "}")) end(at);
    if (depth === 1 && name === undefined && token.startsWith('"')) name = JSON.parse(token) as string;
    else if (depth === 1 && token === ":") start = at + 1;
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
  }
  return members;
}

/** The JSON text of an object with these members, whose values are JSON text. */
export const objectOf = (members: ReadonlyMap<string, string>): string =>
  `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
