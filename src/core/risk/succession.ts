/** What a change of a key follows upon: the key that there is, and what the ledger remembers of it. */

import type { AdoptKey, CreateKey, RotateKey, UpdateKey } from "../change.ts";
import type { Facts } from "../facts.ts";
import { recordUnder } from "../key-group.ts";
import type { CurrentKey, KeyRecord } from "../key-record.ts";
import type { LiveKey } from "../live.ts";
import { mintRequest } from "../mint-request.ts";

/** A change after which there is a key of the name. */
export type KeptKey = CreateKey | AdoptKey | UpdateKey | RotateKey;

export interface Succession {
  readonly change: KeptKey;
  /** The key that is updated, adopted or replaced; absent for a new one. */
  readonly live?: LiveKey;
  /** Under the key's name, or one that it had before. */
  readonly record?: KeyRecord;
  /** What the ledger knows of `live` itself, or of the key that is gone from the store. */
  readonly recorded?: CurrentKey;
  /**
   * An earlier run began to mint just this, so that it had passed then: to end it is no new danger. Only the ledger's word
   * counts.
   */
  readonly isBegun: boolean;
}

export function successionOf(change: KeptKey, facts: Facts): Succession {
  const record = recordUnder(change.name, change.desired.previousNames, facts.records);
  const live = liveOf(change, facts);
  const recorded = recordedOf(change, record);
  const isMint = change.action === "create" || change.action === "rotate";
  return {
    change,
    isBegun: isMint && record?.intent?.request === mintRequest(change.desired),
    ...(live && { live }),
    ...(record && { record }),
    ...(recorded && { recorded }),
  };
}

function liveOf(change: KeptKey, { live }: Facts): LiveKey | undefined {
  if (change.action === "create") return undefined;
  if (change.action === "adopt") return live.adoptable.find(({ id }) => id === change.key.id);
  return live.keys.find(({ id }) => id === change.current.id);
}

function recordedOf(change: KeptKey, record: KeyRecord | undefined): CurrentKey | undefined {
  if (change.action === "create") return record?.current;
  if (change.action === "adopt") return undefined;
  return record?.current?.operation === change.current.operation ? record.current : undefined;
}
