/** I1, I4, I5 and I9: who is in the store, and whether the ledger and the sinks account for them. */

import { type Slot, slotId } from "../core/desired.ts";
import type { KeyRecord } from "../core/key-record.ts";
import type { StoredKey } from "../stores/memory-keys.ts";
import { slotIds } from "./consumers.ts";
import type { Excuses } from "./excuses.ts";
import { CLOCKS_OFF_MS } from "./patience.ts";
import type { Breach, Invariant } from "./trial.ts";
import { longestOverlapMs, type Universe } from "./universe.ts";

type Finding = Omit<Breach, "at">;

/** What the ledger says of operations, all names together. */
interface Books {
  readonly intents: ReadonlyMap<string, readonly Slot[]>;
  /** Has an end: retiring or abandoned. */
  readonly ending: ReadonlySet<string>;
  /** Current, while the attempt at its successor is under way. */
  readonly leaving: ReadonlySet<string>;
  /** Operation → id. */
  readonly current: ReadonlyMap<string, string>;
}

export class Census {
  readonly #universe: Universe;
  readonly #excuses: Excuses;
  /** As it was: each is replaced as a whole when it changes. */
  readonly #foreign = new Map<string, StoredKey>();
  readonly #revoked = new Set<string>();
  /** By operation: keys that a fault made the store make over and above what it was asked for. */
  readonly extra = new Map<string, number>();
  readonly #latestEndMs: number;

  constructor(universe: Universe, excuses: Excuses) {
    this.#universe = universe;
    this.#excuses = excuses;
    this.#latestEndMs = longestOverlapMs(universe.scenario) + CLOCKS_OFF_MS;
  }

  /** Takes a person's keys down as they are now. */
  noteForeign(): void {
    for (const stored of this.#universe.store.peek()) {
      const { id, marker } = stored.key;
      const isOurs = marker?.instance === this.#universe.desired.instance;
      const isAltered = this.#excuses.altered.has(id) && this.#universe.isRecorded(id);
      if (!isOurs || isAltered || this.#excuses.copies.has(id)) this.#foreign.set(id, stored);
    }
  }

  forget(id: string): void {
    this.#foreign.delete(id);
  }

  findings(): readonly Finding[] {
    const records = [...this.#universe.history.table.values()].flatMap(({ record }) => record ?? []);
    const books = booksOf(records);
    const managed = this.#universe.managed();
    return [
      ...this.#untouched(),
      ...this.#neverUndone(),
      ...this.#placed(managed, books),
      ...this.#few(managed, books),
      ...this.#mortal(records),
    ];
  }

  #untouched(): readonly Finding[] {
    const found: Finding[] = [];
    for (const stored of this.#universe.store.peek()) {
      const before = this.#foreign.get(stored.key.id);
      const { id } = stored.key;
      if (!before || before === stored || this.#excuses.ended.has(id)) continue;
      const isOver = this.#universe.store.statusOf(before) === "expired";
      if (this.#excuses.alteredInFlight.has(id) || (isOver && this.#excuses.altered.has(id))) continue;
      if (!this.#excuses.copies.has(stored.key.id) || this.#excuses.isTellable(stored.key.id))
        found.push(finding("I4", `${stored.key.id} is not ours and was changed or revoked`));
    }
    return found;
  }

  #neverUndone(): readonly Finding[] {
    const found: Finding[] = [];
    for (const { key, isRevoked } of this.#universe.store.peek()) {
      if (isRevoked) this.#revoked.add(key.id);
      else if (this.#revoked.has(key.id)) found.push(finding("I9", `${key.id} was revoked and lives again`));
    }
    return found;
  }

  /**
   * An active key is in a sink, or its end or its replacement is recorded, or the store has only just shown its secret in
   * a mint that is recorded. So is a client's mint for sinks that cannot be read, and one whose staged value a run
   * took away that had lost its lease.
   */
  #placed(managed: readonly StoredKey[], books: Books): readonly Finding[] {
    const values = this.#valuesInSinks();
    const declared = new Set(
      this.#universe.desired.keys.flatMap(({ name, previousNames }) => [name, ...previousNames]),
    );
    const isUnderWay = (operation: string): boolean => {
      const slots = books.intents.get(operation);
      if (!slots) return false;
      return (
        this.#excuses.overtaken.has(operation) || !this.#universe.clientMints || !this.#isAnyReadable(slots)
      );
    };
    return managed
      .filter((stored) => this.#universe.store.statusOf(stored) === "active")
      .filter(({ key: { id } }) => !this.#excuses.unplaced.has(id) && !this.#excuses.copies.has(id))
      .filter(({ key, digest }) => {
        const { operation = "", name = "" } = key.marker ?? {};
        if (!declared.has(name) || values.has(digest)) return false;
        if (books.ending.has(operation) || books.leaving.has(key.id)) return false;
        const current = books.current.get(operation);
        return !isUnderWay(operation) && (current === undefined || current === key.id);
      })
      .map(({ key }) => finding("I1", `${key.id} of ${key.marker?.name} is active, and in no sink`));
  }

  /** Only what can be read has a pending stage, where a value waits for its verification. */
  #isAnyReadable(slots: readonly Slot[]): boolean {
    const declared = slotIds(this.#universe.desired);
    return slots.some(
      (slot) =>
        declared.has(slotId(slot)) && this.#universe.sinks.get(slot.sink)?.capabilities.readable === true,
    );
  }

  #valuesInSinks(): ReadonlySet<string> {
    const { slots, sinks } = this.#universe;
    return new Set(
      slots.flatMap((slot) =>
        (["current", "pending"] as const).flatMap((stage) => {
          const entry = sinks.get(slot.sink)?.peek(slot, stage);
          return entry ? this.#universe.digestOf(entry.secret) : [];
        }),
      ),
    );
  }

  /** Besides those whose end is recorded, one is in use and one under way; a fault may make the store make more. */
  #few(managed: readonly StoredKey[], { ending }: Books): readonly Finding[] {
    const counts = new Map<string, number>();
    const excess = new Map<string, number>();
    const operations = new Set<string>();
    for (const stored of managed) {
      const { name = "", operation = "" } = stored.key.marker ?? {};
      const isExcused = ending.has(operation) || this.#excuses.copies.has(stored.key.id);
      if (!isExcused && this.#universe.store.statusOf(stored) !== "expired")
        counts.set(name, (counts.get(name) ?? 0) + 1);
      if (operations.has(operation)) continue;
      operations.add(operation);
      excess.set(name, (excess.get(name) ?? 0) + (this.extra.get(operation) ?? 0));
    }
    return [...counts]
      .filter(([name, count]) => count > 2 + (excess.get(name) ?? 0))
      .map(([name, count]) =>
        finding("I5", `${name} has ${count} live keys, and no end of them is recorded`),
      );
  }

  /** Every recorded end comes: none is further away than the longest overlap, and clocks that are off. */
  #mortal(records: readonly KeyRecord[]): readonly Finding[] {
    const latest = this.#universe.clock.ms + this.#latestEndMs;
    return records.flatMap(({ name, retiring, abandoned = [] }) =>
      [...retiring.map(({ retireAt }) => retireAt), ...abandoned.map(({ revokeAt }) => revokeAt)]
        .filter((end) => Date.parse(end) > latest)
        .map((end) => finding("I5", `a replaced key of ${name} is to live on until ${end}`)),
    );
  }
}

function booksOf(records: readonly KeyRecord[]): Books {
  return {
    intents: new Map(
      records.flatMap(({ intent }) => (intent ? [[intent.operation, intent.slots] as const] : [])),
    ),
    ending: new Set(
      records.flatMap(({ retiring, abandoned = [] }) =>
        [...retiring, ...abandoned].map(({ operation }) => operation),
      ),
    ),
    leaving: new Set(records.flatMap(({ current, intent }) => (current && intent ? current.id : []))),
    current: new Map(
      records.flatMap(({ current }) => (current ? [[current.operation, current.id] as const] : [])),
    ),
  };
}

const finding = (invariant: Invariant, message: string): Finding => ({ invariant, message });
