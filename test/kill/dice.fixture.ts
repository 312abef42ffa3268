/** Chance from a seed: the same seed throws the same dice. */

import { createHash } from "node:crypto";

export interface Dice {
  /** 0 to `sides` - 1. */
  throw(sides: number): number;
  /** True in `percent` of 100. */
  chance(percent: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function createDice(seed: string): Dice {
  let count = 0;
  const dice: Dice = {
    throw: (sides) => {
      count += 1;
      return createHash("sha256").update(`${seed}/${count}`).digest().readUInt32BE(0) % sides;
    },
    chance: (percent) => dice.throw(100) < percent,
    pick: (items) => items[dice.throw(items.length)] ?? items[0],
  };
  return dice;
}
