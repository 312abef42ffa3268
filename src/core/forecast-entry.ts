/** What a forecast says, and what it is made from. */

import type { CreateKey, RotateKey } from "./change.ts";
import type { KeyGroup } from "./key-group.ts";
import type { OwnedKey } from "./live.ts";

/**
 * `overdue`: an apply should have seen to it already. `rotates`: a new key takes over. `retires`: a replaced or removed
 * key is revoked. `expires`: a key ends by itself.
 */
export type ForecastWhat = "overdue" | "expires" | "rotates" | "retires";

export interface ForecastEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly what: ForecastWhat;
  readonly name: string;
  /** Of the key that it happens to. */
  readonly generation: number;
  /** As the store has it; absent: that key has yet to be minted. */
  readonly id?: string;
  /** Whether it waits for an apply: it happens with the first one at or after `at`, and not by itself. */
  readonly needsApply: boolean;
  /** Of a rotation: when the key ends if no apply comes. */
  readonly deadline?: string;
  readonly message: string;
}

/** What the walk starts from. */
export interface KeyOutlook {
  readonly group: KeyGroup;
  readonly current: OwnedKey | undefined;
  /** The new key that a plan made now has for the name. */
  readonly mint: CreateKey | RotateKey | undefined;
  /** Ids of the keys that a plan made now revokes. */
  readonly revoked: ReadonlySet<string>;
  /** Why no apply rotates the key by itself; undefined: it does. */
  readonly hold: string | undefined;
  readonly now: Date;
  readonly until: Date;
}
