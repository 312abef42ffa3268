/**
 * Lets one operation of one process happen at a time. Nothing in the pipeline waits for real time or real I/O, so
 * everything that can go on has gone on once the microtasks are used up: that is when the next turn is given.
 */

interface Waiting {
  readonly process: number;
  readonly go: () => void;
}

export class Turns {
  #waiting: Waiting[] = [];

  /** Resolves when it is this process's turn; never, when it dies first. */
  take(process: number): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ process, go });
    });
  }

  /** What a dead process waits for never comes. */
  drop(process: number): void {
    this.#waiting = this.#waiting.filter((each) => each.process !== process);
  }

  /** Gives turns until nobody asks for one; `choose` picks one of so many. */
  async give(choose: (count: number) => number, beforeEach: () => Promise<void>): Promise<void> {
    for (;;) {
      await quiescence();
      if (this.#waiting.length === 0) return;
      await beforeEach();
      const [next] = this.#waiting.splice(choose(this.#waiting.length), 1);
      next?.go();
    }
  }
}

/** Node runs this queue when that of the microtasks is empty. */
const quiescence = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });
