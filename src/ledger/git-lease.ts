/**
 * The lease of a ledger in a branch: entries of its history say who has it and until when. Times are those of the
 * writers' clocks, so another takes it a margin later only, and believes none that is further off than a lease is long;
 * the fence, not the clock, keeps the overtaken from writing.
 */

import { MINUTE_MS, renderDuration } from "../core/duration.ts";
import type { Clock, LeaseHolder } from "../core/ports.ts";
import { FencedLease, type HeldLease } from "./fenced-lease.ts";
import { leaseHeld } from "./ledger-fault.ts";
import type { CheckedLine, LeaseEntry, LedgerEntry } from "./ledger-line.ts";

/** How far the clocks of two writers may differ. */
const SKEW_MS = 2 * MINUTE_MS;
/** Writes in quick succession renew it once. */
const RENEWED_JUST_NOW = 1 / 20;

interface StandingLease extends LeaseHolder {
  readonly fence: number;
  /** ISO 8601, by its holder's clock. */
  readonly until: string;
  /** Milliseconds of the epoch, by the clock of this opening: when it heard of that. */
  readonly heardAtMs: number;
}

export class GitLease {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #fenced = new FencedLease();
  #standing: StandingLease | undefined;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  get held(): HeldLease | undefined {
    return this.#fenced.held;
  }

  saw(line: CheckedLine): void {
    const { entry, link } = line;
    if (entry.type !== "lease") return;
    const { run, description, until, fence = link.seq } = entry;
    if (entry.fence === undefined) this.#fenced.saw(line);
    else if (fence !== this.#standing?.fence) return;
    const heardAtMs = this.#clock.now().getTime();
    this.#standing = until === undefined ? undefined : { run, description, fence, until, heardAtMs };
  }

  /** The entry that gives the lease out; LEASE_HELD while one is held. LEASE_LOST as `check` of `FencedLease`. */
  give({ run, description }: LeaseHolder): LeaseEntry {
    const holder = this.findHolder();
    if (holder !== undefined)
      throw leaseHeld(holder, this.#findEnd()?.isDoubted ? this.#aheadHint() : HELD_HINT);
    const now = this.#clock.now().getTime();
    return { type: "lease", run, description, until: new Date(now + this.#leaseMs).toISOString() };
  }

  /** For people, by what was read last; undefined: nobody has it. LEASE_LOST as `check` of `FencedLease`. */
  findHolder(): string | undefined {
    const end = this.#findEnd();
    const isOver = end === undefined || this.#clock.now().getTime() >= end.atMs;
    return this.#fenced.findHolder(isOver ? undefined : new Date(end.atMs).toISOString());
  }

  hold(fence: number, everyMs: number, renew: () => Promise<unknown>): HeldLease {
    return this.#fenced.hold(fence, everyMs, renew);
  }

  /** What is to be written, with a renewal where it is time for one. LEASE_LOST when another has the lease. */
  renewing(decide: () => readonly LedgerEntry[]): readonly LedgerEntry[] {
    this.#fenced.check();
    const entries = decide();
    const isSaid = entries.length === 0 || entries.some(({ type }) => type === "lease");
    return isSaid ? entries : [...this.renewal(this.#leaseMs * RENEWED_JUST_NOW), ...entries];
  }

  /** None when the lease is not ours, or was renewed less than `afterMs` ago. */
  renewal(afterMs: number): readonly LeaseEntry[] {
    const standing = this.#standing;
    if (!standing || standing.fence !== this.held?.fence) return [];
    const end = this.#clock.now().getTime() + this.#leaseMs;
    if (end - Date.parse(standing.until) < afterMs) return [];
    const { run, description, fence } = standing;
    return [{ type: "lease", run, description, fence, until: new Date(end).toISOString() }];
  }

  /** The entry that gives it back. */
  giveBack({ fence }: HeldLease): readonly LeaseEntry[] {
    if (this.#standing?.fence !== fence) return [];
    const { run, description } = this.#standing;
    return [{ type: "lease", run, description, fence }];
  }

  leave(): void {
    this.#fenced.leave();
  }

  forget(held: HeldLease): void {
    this.#fenced.forget(held);
  }

  /**
   * From when on another may take the standing lease. A holder that lives is heard of again before a lease's length is
   * over, so an end that lies further off is that of a clock that is ahead: the length counts, from when it was heard of.
   */
  #findEnd(): { readonly atMs: number; readonly isDoubted: boolean } | undefined {
    if (!this.#standing) return undefined;
    const { until, heardAtMs } = this.#standing;
    const saidMs = Date.parse(until) + SKEW_MS;
    const latestMs = heardAtMs + this.#leaseMs + SKEW_MS;
    return { atMs: Math.min(saidMs, latestMs), isDoubted: saidMs > latestMs + SKEW_MS };
  }

  #aheadHint(): string {
    const until = this.#standing?.until ?? "";
    const waitMs = this.#leaseMs + 2 * SKEW_MS;
    return `its entry says until ${until}, so its clock is ahead of this one; if its process is gone, --wait ${renderDuration(waitMs)} takes the lease over when nothing is heard of it meanwhile`;
  }
}

const HELD_HINT =
  "wait until it has finished; if its process is gone, its lease runs out at that time, and nothing needs deleting";
