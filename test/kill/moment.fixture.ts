/** When a process is killed: by what it does, not by the clock. */

import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Dice } from "./dice.fixture.ts";
import { WATCHED } from "./trial-project.fixture.ts";

export type Moment =
  /** The n-th request to the store, or the n-th that changes something. */
  | {
      readonly type: "request";
      readonly count: number;
      readonly when: "before" | "after";
      readonly of: "all" | "changes";
    }
  /** The n-th time that something happens to a file of the ledger or a sink. */
  | { readonly type: "file"; readonly count: number };

export function drawMoment(dice: Dice): Moment {
  if (dice.chance(45)) return { type: "file", count: 1 + dice.throw(dice.pick([8, 25, 60])) };
  const when = dice.chance(50) ? "before" : "after";
  if (dice.chance(15)) return { type: "request", count: 1 + dice.throw(8), when, of: "all" };
  return { type: "request", count: 1 + dice.throw(dice.pick([3, 9])), when, of: "changes" };
}

export const describeMoment = (moment: Moment): string =>
  moment.type === "file"
    ? `at file event ${moment.count}`
    : `${moment.when} request ${moment.count} of ${moment.of}`;

/** Counts what happens, and calls `strike` once when the moment has come. */
export class Trigger {
  readonly #moment: Moment;
  readonly #strike: () => void;
  readonly #watchers: readonly FSWatcher[];
  #count = 0;
  #isOver = false;

  constructor(moment: Moment, directory: string, strike: () => void) {
    this.#moment = moment;
    this.#strike = strike;
    this.#watchers =
      moment.type === "file" ? WATCHED.map((path) => watch(join(directory, path), () => this.#happen())) : [];
  }

  /** To be told of every request, before and after it was forwarded. Says whether this was the moment. */
  hear(isReading: boolean, when: "before" | "after"): boolean {
    const moment = this.#moment;
    if (moment.type !== "request" || moment.when !== when) return false;
    return (moment.of === "all" || !isReading) && this.#happen();
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #happen(): boolean {
    this.#count += 1;
    if (this.#isOver || this.#count < this.#moment.count) return false;
    this.#isOver = true;
    this.#strike();
    return true;
  }
}
