/** Goes through a whole ledger, and sums up what it holds. */

import { canonicalJson } from "../core/digest.ts";
import type { EffectIntent, EffectOutcome } from "../core/ledger-event.ts";
import type { IntentState, LedgerHead, LedgerSummary } from "../core/ledger-summary.ts";
import { corruptLedger } from "./ledger-fault.ts";
import type { ChainLink, CheckedLine, RecordEntry } from "./ledger-line.ts";
import { foldRecord, listRecords, type RecordTable } from "./record-table.ts";

/**
 * `lines` are checked for their chain and their instance. Throws LEDGER_CORRUPT when a record does not follow from the
 * one before, and when the ledger does not have the line that somebody `noted`. `place` is for messages.
 */
export async function auditLedger(
  lines: AsyncIterable<CheckedLine>,
  place: string,
  noted?: LedgerHead,
): Promise<LedgerSummary> {
  const audit = new Audit(place);
  let first: CheckedLine | undefined;
  let last: CheckedLine | undefined;
  for await (const line of lines) {
    first ??= line;
    last = line;
    if (line.link.seq === noted?.sequence) checkNoted(line.link, noted, place);
    audit.take(line);
  }
  const count = last?.link.seq ?? 0;
  if (noted && noted.sequence > count) {
    throw corruptLedger(
      place,
      `it ends with line ${count}, and had a line ${noted.sequence}: its end is gone`,
    );
  }
  return {
    lines: count,
    ...audit.totals(),
    ...(first && { firstAt: first.at }),
    ...(last && { lastAt: last.at, head: { sequence: last.link.seq, hash: last.link.hash } }),
  };
}

function checkNoted({ seq, hash }: ChainLink, noted: LedgerHead, place: string): void {
  if (hash === noted.hash) return;
  const what = `its hash is ${hash.slice(0, 12)}…, and was ${noted.hash.slice(0, 12)}… when it was noted: the history was rewritten`;
  throw corruptLedger(`${place}:${seq}`, what);
}

class Audit {
  readonly #place: string;
  readonly #table: RecordTable = new Map();
  /** The line of each run's start. */
  readonly #runs = new Map<string, number>();
  readonly #finished = new Set<string>();
  /** Where the latest of those runs started that came to their end. */
  #lastEnded = 0;
  /** By what identifies an effect: as many as have no outcome yet. */
  readonly #open = new Map<string, EffectIntent[]>();

  constructor(place: string) {
    this.#place = place;
  }

  take({ link, entry }: CheckedLine): void {
    switch (entry.type) {
      case "record":
        return this.#fold(entry, link.seq);
      case "run-started":
        return void this.#runs.set(entry.run, link.seq);
      case "run-finished":
        return this.#finish(entry.run);
      case "intent":
        return this.#begin(entry);
      case "outcome":
        return void this.#open.get(effectId(entry))?.shift();
      case "ledger":
      case "lease":
    }
  }

  totals(): Pick<LedgerSummary, "runs" | "keys" | "openIntents"> {
    const open = [...this.#open.values()].flat().toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
    return {
      runs: this.#runs.size,
      // A record whose name has a slash is about no key.
      keys: [...listRecords(this.#table).keys()].filter((name) => !name.includes("/")).length,
      openIntents: open.map((intent) => ({ ...intent, state: this.#stateOf(intent) })),
    };
  }

  #finish(run: string): void {
    this.#finished.add(run);
    this.#lastEnded = Math.max(this.#lastEnded, this.#runs.get(run) ?? 0);
  }

  #stateOf({ run }: EffectIntent): IntentState {
    if (this.#finished.has(run)) return "not-begun";
    return (this.#runs.get(run) ?? 0) < this.#lastEnded ? "settled" : "unknown";
  }

  #begin(intent: EffectIntent): void {
    const id = effectId(intent);
    const others = this.#open.get(id);
    if (others) others.push(intent);
    else this.#open.set(id, [intent]);
  }

  #fold(entry: RecordEntry, seq: number): void {
    const before = this.#table.get(entry.name)?.version ?? 0;
    if (entry.version !== before + 1) {
      const what = `the record of ${entry.name} goes from version ${before} to ${entry.version}`;
      throw corruptLedger(`${this.#place}:${seq}`, what);
    }
    foldRecord(this.#table, entry);
  }
}

const effectId = ({ run, effect, kind, name, operation, target }: EffectIntent | EffectOutcome): string =>
  canonicalJson([run, effect, kind, name, operation ?? null, target ?? null]);
