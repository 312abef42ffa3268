import { slugOf } from "./store-text.ts";

const LONGEST_NAME = 63;

export interface TakenNames {
  readonly names: Set<string>;
  /** By what names begin with: all numbers before this one are taken. Many keys may have one name. */
  readonly numbers: Map<string, number>;
}

export const takenNames = (names: Iterable<string>): TakenNames => ({
  names: new Set(names),
  numbers: new Map(),
});

/** A name like `wish` that is not taken yet: `scanner`, `scanner-2`, … Whoever uses it adds it to the names. */
export function freeName(wish: string, { names, numbers }: TakenNames): string {
  const start = slugOf(wish, LONGEST_NAME);
  for (let number = numbers.get(start) ?? 1; ; number += 1) {
    const end = number === 1 ? "" : `-${number}`;
    const name = `${start.slice(0, LONGEST_NAME - end.length).replace(/-$/, "")}${end}`;
    if (names.has(name)) continue;
    numbers.set(start, number);
    return name;
  }
}
