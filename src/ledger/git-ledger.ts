/** A ledger in a branch of a Git repository: each write a commit, and nothing needed but the right to push. */

import { setTimeout as pause } from "node:timers/promises";
import { MINUTE_MS } from "../core/duration.ts";
import { isKeywrightError, KeywrightError } from "../core/error.ts";
import type { KeyRecord, NextKeyRecord } from "../core/key-record.ts";
import type { LedgerEvent } from "../core/ledger-event.ts";
import type { LedgerHead, LedgerSummary } from "../core/ledger-summary.ts";
import type { Clock, Lease, LeaseHolder, Random, StoredLedger } from "../core/ports.ts";
import type { Environment } from "../git/git-environment.ts";
import { shownLocation } from "../git/git-location.ts";
import { auditLedger } from "./audit-ledger.ts";
import { decideClaim, grantedRecord } from "./decide-claim.ts";
import type { HeldLease } from "./fenced-lease.ts";
import type { BranchSettings } from "./git-branch.ts";
import { GitJournal } from "./git-journal.ts";
import { GitLease } from "./git-lease.ts";
import { leaseInterrupted } from "./ledger-fault.ts";
import { isEvent } from "./ledger-line.ts";
import { foldRecord, listRecords, type RecordTable } from "./record-table.ts";
import { type Decide, WriteQueue } from "./write-queue.ts";

export interface GitLedgerParts {
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
}

export interface GitLedgerTiming {
  /** How long a lease goes on when its holder is not heard of any more. */
  readonly leaseMs: number;
  /** How often a holder that writes nothing renews it. */
  readonly renewMs: number;
  /** How long a write waits for others to share its push. */
  readonly gatherMs: number;
  /** How often who waits for the lease asks for it. */
  readonly pollMs: number;
  /** See `GitJournalParts`. */
  readonly retryMs: readonly number[];
}

const LEASE_MS = 10 * MINUTE_MS;
/** Of the time between two renewals: a timer that fires a little early still renews. */
const RENEWED_LATELY = 1 / 2;

const TIMING: GitLedgerTiming = {
  leaseMs: LEASE_MS,
  renewMs: LEASE_MS / 3,
  gatherMs: 50,
  pollMs: 1500,
  retryMs: [500, 2000, 5000],
};

/** Nothing is read or made before the first call. The branch appears with the first write. */
export const openGitLedger = async (
  settings: BranchSettings,
  parts: GitLedgerParts,
  timing: Partial<GitLedgerTiming> = {},
): Promise<StoredLedger> => new GitLedger(settings, parts, { ...TIMING, ...timing });

class GitLedger implements StoredLedger {
  readonly #place: string;
  readonly #timing: GitLedgerTiming;
  readonly #journal: GitJournal;
  readonly #queue: WriteQueue;
  readonly #lease: GitLease;
  readonly #table: RecordTable = new Map();
  #isGathering = false;
  #closing: Promise<void> | undefined;

  constructor(settings: BranchSettings, parts: GitLedgerParts, timing: GitLedgerTiming) {
    this.#place = `branch ${settings.branch} of ${shownLocation(settings.remote)}`;
    this.#timing = timing;
    this.#lease = new GitLease(parts.clock, timing.leaseMs);
    this.#journal = new GitJournal(settings, { ...parts, retryMs: timing.retryMs }, (line) => {
      if (line.entry.type === "record") foldRecord(this.#table, line.entry);
      this.#lease.saw(line);
    });
    this.#queue = new WriteQueue((decideAll) => {
      this.#isGathering = false;
      return this.#journal.append(() => this.#lease.renewing(decideAll));
    });
  }

  async records(): Promise<ReadonlyMap<string, KeyRecord>> {
    this.#refuseWhenClosed();
    await this.#queue.inTurn(() => this.#journal.catchUp());
    return listRecords(this.#table);
  }

  async claim(
    name: string,
    expected: number,
    next: NextKeyRecord | null,
    events: readonly LedgerEvent[] = [],
  ): Promise<KeyRecord | undefined> {
    this.#refuseWhenClosed();
    return grantedRecord(await this.#request(decideClaim(this.#table, name, expected, next, events)));
  }

  async append(...events: readonly LedgerEvent[]): Promise<void> {
    this.#refuseWhenClosed();
    if (events.length > 0 || this.#queue.hasNotes || this.#lease.held) await this.#request(() => events);
  }

  note(event: LedgerEvent): void {
    this.#refuseWhenClosed();
    this.#queue.note(event);
  }

  async *events(): AsyncGenerator<LedgerEvent> {
    this.#refuseWhenClosed();
    const lines = await this.#queue.inTurn(() => this.#journal.lines());
    for await (const { entry } of lines) if (isEvent(entry)) yield entry;
  }

  async verify(noted?: LedgerHead): Promise<LedgerSummary> {
    this.#refuseWhenClosed();
    return auditLedger(await this.#queue.inTurn(() => this.#journal.lines()), this.#place, noted);
  }

  async leaseHolder(): Promise<string | undefined> {
    this.#refuseWhenClosed();
    await this.#queue.inTurn(() => this.#journal.catchUp());
    return this.#lease.findHolder();
  }

  async lease(holder: LeaseHolder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      this.#refuseWhenClosed();
      try {
        const held = await this.#queue.inTurn(() => this.#take(holder));
        return { fence: held.fence, lost: held.lost.signal, release: () => this.#release(held) };
      } catch (error) {
        if (!isKeywrightError(error, "LEASE_HELD")) throw error;
        if (signal?.aborted) throw leaseInterrupted(error.message);
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) throw error;
        await pause(Math.min(this.#timing.pollMs, leftMs), undefined, signal && { signal }).catch(
          () => undefined,
        );
      }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #take(holder: LeaseHolder): Promise<HeldLease> {
    const fence = await this.#journal.append(() => [this.#lease.give(holder)]);
    const { renewMs } = this.#timing;
    const renewal = (): ReturnType<Decide> => this.#lease.renewal(renewMs * RENEWED_LATELY);
    return this.#lease.hold(fence, renewMs, () => this.#request(renewal));
  }

  async #release(held: HeldLease): Promise<void> {
    if (this.#lease.held !== held) return;
    this.#lease.leave();
    await this.#flush(() => this.#lease.giveBack(held));
    this.#lease.forget(held);
  }

  /** Notes that cannot be written are lost, as in a crash; a lease that cannot be given back runs out. */
  async #flush(decide: Decide): Promise<void> {
    await this.#request(decide).catch(() => undefined);
    if (this.#lease.held?.lost.signal.aborted) this.#queue.dropNotes();
  }

  /** Joins the next write, before which there is a moment for others to do the same. */
  #request(decide: Decide): ReturnType<WriteQueue["request"]> {
    if (!this.#isGathering) void this.#queue.inTurn(() => pause(this.#timing.gatherMs));
    this.#isGathering = true;
    return this.#queue.request((claimed) => {
      try {
        return decide(claimed);
      } catch (error) {
        this.#journal.distrust();
        throw error;
      }
    });
  }

  async #end(): Promise<void> {
    if (this.#lease.held) await this.#release(this.#lease.held);
    if (this.#queue.hasNotes) await this.#flush(() => []);
    await this.#queue.inTurn(() => this.#journal.close());
  }

  #refuseWhenClosed(): void {
    if (!this.#closing) return;
    throw new KeywrightError("LEDGER_UNUSABLE", `the ledger in ${this.#place} is closed already`);
  }
}
