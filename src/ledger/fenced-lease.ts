/** The lease as one opening of a ledger sees it: its own, and the newest that the history tells of. */

import { setTimeout as pause } from "node:timers/promises";
import type { LeaseHolder } from "../core/ports.ts";
import { leaseLost } from "./ledger-fault.ts";
import type { CheckedLine } from "./ledger-line.ts";

/** Of the time between two renewals: until one that failed is tried again. */
const SOON = 1 / 10;

/** What a write does to the lease besides: `hold` moves its end on, for who has it or takes it. */
export type LeaseMove = "leave" | "hold" | "free";

export interface HeldLease {
  readonly fence: number;
  readonly lost: AbortController;
  readonly renewal: NodeJS.Timeout;
}

interface GivenLease extends LeaseHolder {
  readonly fence: number;
  readonly at: string;
}

export class FencedLease {
  #given: GivenLease | undefined;
  #held: HeldLease | undefined;
  #isLeaving = false;

  get held(): HeldLease | undefined {
    return this.#held;
  }

  /** For a write of this opening. */
  get move(): LeaseMove {
    if (!this.#held) return "leave";
    return this.#isLeaving ? "free" : "hold";
  }

  /** Learns from the history who got the lease; the number of that line is the fence. */
  saw({ link, at, entry }: CheckedLine): void {
    if (entry.type === "lease") this.#given = { ...entry, fence: link.seq, at };
  }

  /** Who has it, for people. */
  #describeHolder(until: string): string {
    const { run, description, at } = this.#given ?? { run: "unknown", description: "", at: "unknown" };
    return `run ${run} (${description}) since ${at}, until ${until}`;
  }

  /** LEASE_LOST when another got the lease after this opening did: it writes nothing any more, and gets none again. */
  check(): void {
    if (!this.#held || !this.#given || this.#given.fence <= this.#held.fence) return;
    this.#held.lost.abort();
    clearInterval(this.#held.renewal);
    throw leaseLost("it ran out, and another run took it");
  }

  /** Who stands in the way of giving this opening a lease; `until` as the ledger knows it. LEASE_LOST as `check`. */
  findHolder(until: string | undefined): string | undefined {
    this.check();
    // Its own, though it ran out: the next write renews it.
    const end = until ?? (this.move === "hold" ? "it is given back" : undefined);
    return end === undefined ? undefined : this.#describeHolder(end);
  }

  /**
   * `renew` is called now and then, for a holder that has nothing to write, and soon again when it failed. That does not
   * keep the process alive.
   */
  hold(fence: number, everyMs: number, renew: () => Promise<unknown>): HeldLease {
    let isRenewing = false;
    const tick = async (): Promise<void> => {
      if (isRenewing) return;
      isRenewing = true;
      while (this.#isKept(held) && !(await succeeds(renew))) {
        await pause(everyMs * SOON, undefined, { ref: false });
      }
      isRenewing = false;
    };
    const held = {
      fence,
      lost: new AbortController(),
      renewal: setInterval(() => void tick(), everyMs).unref(),
    };
    this.#held = held;
    this.#isLeaving = false;
    return held;
  }

  #isKept(held: HeldLease): boolean {
    return this.#held === held && !this.#isLeaving && !held.lost.signal.aborted;
  }

  /** The next write gives the lease back. */
  leave(): void {
    this.#isLeaving = true;
    clearInterval(this.#held?.renewal);
  }

  /** It is given back. Who lost it stays marked: nothing of that run is written any more. */
  forget(held: HeldLease): void {
    if (this.#held === held && !held.lost.signal.aborted) this.#held = undefined;
  }
}

const succeeds = (work: () => Promise<unknown>): Promise<boolean> =>
  work().then(
    () => true,
    () => false,
  );
