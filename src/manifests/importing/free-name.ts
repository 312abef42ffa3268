import { slugOf } from "./store-text.ts";

const LONGEST_NAME = 63;

/** A name like `wish` that is not among `taken`, and is from now on: `scanner`, `scanner-2`, … */
export function freeName(wish: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? "" : `-${number}`;
    const name = `${slugOf(wish, LONGEST_NAME - end.length)}${end}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}
