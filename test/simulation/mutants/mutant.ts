/** A named fault in the protocol, as a patch of one source file. */

import type { Invariant } from "../../../src/simulation/trial.ts";

export interface Mutant {
  /** What the protocol then does wrong. */
  readonly name: string;
  /** Relative to `src/`. */
  readonly file: string;
  /** Stands exactly once in that file. */
  readonly find: string;
  readonly replace: string;
  /** Which invariants it breaks; default: any but `bug` and `convergence`, which a patch that merely throws breaks. */
  readonly by?: readonly Invariant[];
  /** Where it shows soonest: the hunt begins there. By default it begins with all scenarios, undisturbed. */
  readonly scenario?: string;
}

/** Throws, with the mutant's name, when the patch does not fit the source any more. */
export function applyMutant({ name, file, find, replace }: Mutant, source: string): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    const count = after === undefined ? "nowhere" : `${more.length + 1} times`;
    throw new Error(`the mutant "${name}" does not fit: its text stands ${count} in src/${file}`);
  }
  return before + replace + after;
}
