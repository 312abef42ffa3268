/**
 * The lines of a ledger in a branch: read forward, checked, and appended to by commits that are pushed without force.
 * What stands in memory never runs ahead of the repository: lines count once they are pushed.
 */

import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { isKeywrightError } from "../core/error.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { Environment } from "../git/git-environment.ts";
import { type BranchSettings, GitBranch } from "./git-branch.ts";
import { commitMessage } from "./git-commit.ts";
import { inDoubt, overrun, refusedPush, unreachable } from "./git-fault.ts";
import { GitHistory, type LineVisitor, readHistory } from "./git-history.ts";
import { corruptLedger, withLedgerFaults } from "./ledger-fault.ts";
import { type CheckedLine, type LedgerEntry, renderLines } from "./ledger-line.ts";

/** How often a write is begun anew because others were faster. */
const ROUNDS = 60;
const LONGEST_PAUSE_MS = 2000;

export interface GitJournalParts {
  readonly instance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  /** How long to wait before what got no answer is tried once more, each time. */
  readonly retryMs: readonly number[];
}

/** A commit that was sent, and what it was for. */
interface Sent {
  readonly commit: string;
  readonly parent: string | undefined;
  readonly entries: ReadonlySet<LedgerEntry>;
}

/** Its methods are for one caller at a time. */
export class GitJournal {
  readonly #settings: BranchSettings;
  readonly #parts: GitJournalParts;
  readonly #history: GitHistory;
  #branch: GitBranch | undefined;
  #isDistrusted = true;
  /** Sent when the connection broke: it may be in, or come in yet. */
  #doubtful: Sent | undefined;
  /** What was found to be in after its writers had been told that it could not be known. */
  #landed: ReadonlySet<LedgerEntry> = new Set();

  constructor(settings: BranchSettings, parts: GitJournalParts, visit: LineVisitor) {
    this.#settings = settings;
    this.#parts = parts;
    this.#history = new GitHistory(parts.instance, visit);
  }

  /** Visits what was appended since the last time, by anybody. Writes nothing. */
  async catchUp(): Promise<void> {
    this.#isDistrusted = true;
    const branch = await this.#open();
    const tip = await branch.fetch();
    const { tip: known } = this.#history;
    if (tip === undefined && known !== undefined)
      throw corruptLedger(branch.place, "it was removed while in use");
    if (tip !== undefined && tip !== known) await this.#history.follow(branch, tip);
    await this.#settleDoubt();
    this.#isDistrusted = false;
  }

  /** Every line from the first on, as the branch is now. They may be read while others call other methods. */
  async lines(): Promise<AsyncIterable<CheckedLine>> {
    await this.catchUp();
    const branch = await this.#open();
    const { tip } = this.#history;
    return tip === undefined ? none() : readHistory(branch, tip, this.#parts.instance);
  }

  /** What is known may be out of date, and what is being decided must not be refused by it. */
  distrust(): void {
    this.#isDistrusted = true;
  }

  /**
   * Asks `decide` what to append, and pushes it as one commit; asks again when others were faster, and when it refused
   * something (throws, or called `distrust`) by what was known before this call. Gives the number of its last line.
   */
  async append(decide: () => readonly LedgerEntry[]): Promise<number> {
    let isFresh = false;
    for (let round = 0; round < ROUNDS; round += 1) {
      const entries = this.#isDistrusted ? undefined : this.#decide(decide, isFresh);
      if (!entries) {
        await this.catchUp();
        isFresh = true;
        continue;
      }
      const due = entries.filter((entry) => !this.#landed.has(entry));
      const seq = due.length === 0 ? this.#history.link.seq : await this.#write(due);
      if (seq !== undefined) return seq;
      isFresh = true;
      await this.#stepAside(round);
    }
    throw overrun((await this.#open()).place, ROUNDS);
  }

  async close(): Promise<void> {
    await this.#branch?.close();
    this.#branch = undefined;
  }

  /** Undefined: not to be decided by what is known. */
  #decide(decide: () => readonly LedgerEntry[], isFresh: boolean): readonly LedgerEntry[] | undefined {
    try {
      const entries = decide();
      if (isFresh) this.#isDistrusted = false;
      return this.#isDistrusted ? undefined : entries;
    } catch (error) {
      if (isFresh) throw error;
      this.#isDistrusted = true;
      return undefined;
    }
  }

  /** What was sent without an answer is in, or cannot come in any more once the branch has moved; else it still may. */
  async #settleDoubt(): Promise<void> {
    const sent = this.#doubtful;
    if (!sent || this.#history.tip === sent.parent) return;
    if (await this.#isIn(sent.commit)) this.#landed = sent.entries;
    this.#doubtful = undefined;
  }

  /** The number of the last line that was written; undefined: others were faster, and it is caught up with them. */
  async #write(entries: readonly LedgerEntry[]): Promise<number | undefined> {
    const branch = await this.#open();
    const { instance, clock, random } = this.#parts;
    const { tip, link } = this.#history;
    const all = link.seq === 0 ? [{ type: "ledger", format: 1, instance } as const, ...entries] : entries;
    const at = clock.now();
    const lines = renderLines(link, at.toISOString(), all);
    const file = this.#history.next(lines.map(({ text }) => `${text}\n`).join(""));
    const message = commitMessage(all, Buffer.from(random.bytes(8)).toString("hex"));
    const commit = await branch.commit({ parent: tip, message, at, ...file });
    const fate = await this.#carry({ commit, parent: tip, entries: new Set(entries) });
    if (fate === "overtaken") return undefined;
    if (fate === "pushed") this.#history.accept(commit, lines, file);
    return lines.at(-1)?.link.seq;
  }

  /**
   * Pushes a commit until it is known what became of it. It may be sent twice and is in once: when the branch has moved
   * on without it, it cannot come in any more. `found`: it is in, and what is known has followed.
   */
  async #carry(sent: Sent): Promise<"pushed" | "found" | "overtaken"> {
    const branch = await this.#open();
    for (let tries = 0; ; tries += 1) {
      const { status, said } = await branch.push(sent.commit);
      if (status === "pushed") return "pushed";
      await this.#look(sent);
      if (await this.#isIn(sent.commit)) return "found";
      if (this.#history.tip !== sent.parent) return "overtaken";
      const waitMs = this.#parts.retryMs[tries];
      if (waitMs === undefined || (status === "refused" && !isLocked(said))) {
        throw status === "unknown"
          ? unreachable(branch.place, said)
          : refusedPush(branch.place, this.#settings.branch, said);
      }
      await pause(waitMs);
    }
  }

  /** Catches up after a push without an answer. */
  async #look(sent: Sent): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.catchUp();
      } catch (error) {
        if (!isKeywrightError(error, "LEDGER_UNUSABLE")) throw error;
        const waitMs = this.#parts.retryMs[tries];
        if (waitMs === undefined) {
          this.#doubtful = sent;
          throw inDoubt(error);
        }
        await pause(waitMs);
      }
    }
  }

  async #isIn(commit: string): Promise<boolean> {
    const { tip } = this.#history;
    return tip !== undefined && (await this.#open()).contains(tip, commit);
  }

  /** The longer the more often others were faster, and never as long as they. */
  async #stepAside(round: number): Promise<void> {
    const [byte = 0] = this.#parts.random.bytes(1);
    await pause((Math.min(10 * 2 ** round, LONGEST_PAUSE_MS) * byte) / 255);
  }

  async #open(): Promise<GitBranch> {
    this.#branch ??= await withLedgerFaults(tmpdir(), () =>
      GitBranch.open(this.#settings, this.#parts.environment),
    );
    return this.#branch;
  }
}

/** The server was at work on this very branch: that passes. */
const isLocked = (said: string): boolean =>
  /lock|failed to update ref|incorrect old value|already exists/i.test(said);

async function* none(): AsyncGenerator<CheckedLine> {}
