/** A name of the input inside a message: in quotes, and cut when it is long. */
export const quote = (name: string): string =>
  JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
