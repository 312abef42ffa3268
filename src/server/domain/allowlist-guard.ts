/**
 * The IP allowlist in memory, so that a request costs no query. Nothing in it is ever older than the last change that
 * was committed before the question. It keeps the list and nothing about those who ask.
 */

import type { Kysely } from "kysely";
import type { Tables } from "../database/tables.ts";
import { parseRange } from "../../core/address-range.ts";
import { type Soon, andThen } from "../soon.ts";
import { AddressSet } from "./address-set.ts";
import type { ChangeListener, ChangeWatcher } from "./change-watcher.ts";
import { readAllowlist } from "./ip-allowlist.ts";

export class AllowlistGuard {
  readonly #database: Kysely<Tables>;
  readonly #watcher: ChangeWatcher;
  /** "everybody": the list is empty; undefined: it has to be read. */
  #allowed: AddressSet | "everybody" | undefined;

  constructor(database: Kysely<Tables>, watcher: ChangeWatcher) {
    this.#database = database;
    this.#watcher = watcher;
    watcher.listen(this.#forget);
  }

  /** `address` as `canonicalAddress` gives it; undefined: unknown, which only an empty list admits. */
  admits(address: string | undefined): Soon<boolean> {
    const allowed = andThen(this.#watcher.refresh(), () => this.#allowed ?? this.#load());
    return andThen(allowed, (set) => set === "everybody" || (address !== undefined && set.has(address)));
  }

  async #load(): Promise<AddressSet | "everybody"> {
    const { sequence } = this.#watcher;
    const entries = await readAllowlist({ database: this.#database });
    const allowed = entries.length === 0 ? "everybody" : new AddressSet(entries.map(toRange));
    // A change that was told of meanwhile may be newer than what was read.
    if (sequence === this.#watcher.sequence) this.#allowed = allowed;
    return allowed;
  }

  readonly #forget: ChangeListener = (changed) => {
    const isConcerned =
      changed === "everything" ||
      changed.some(({ objectType }) => objectType === "IP_ALLOWLIST" || objectType === "STORE");
    if (isConcerned) this.#allowed = undefined;
  };
}

function toRange({ address }: { readonly address: string }) {
  const range = parseRange(address);
  if ("fault" in range) throw new Error("the database holds an entry that was never accepted");
  return range;
}
