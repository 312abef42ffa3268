/** Why a key may not be revoked yet although the plan says so: what it counted on did not come about in this run. */

import type { Change, KeyChange, RevokeKey } from "../core/change.ts";
import { slotId } from "../core/desired.ts";
import { keyText } from "../core/key-text.ts";
import { standsAlone } from "../core/stands-alone.ts";
import type { KeyJob } from "./key-job.ts";

type Jobs = ReadonlyMap<string, KeyJob>;

export interface Unfinished {
  /** Keys that have not got what they are to get. */
  readonly unsettled: ReadonlySet<string>;
  /** By the slot that they take their values from: secrets that have not got theirs. */
  readonly stale: ReadonlyMap<string, string>;
}

export const EARLIER_FAILED = "an earlier change of this key was not applied";

/** `changes`: of the whole run. */
export function obstaclesToRevocations(
  jobs: Jobs,
  changes: readonly Change[],
  now: Date,
  { unsettled, stale }: Unfinished,
): (change: KeyChange) => string | undefined {
  const waiting = slotsOf(jobs, unsettled);
  return (change) => {
    if (isLeak(change)) return stillLeaked(change, standsAlone(change, changes, now), unsettled);
    if (unsettled.has(change.name)) return EARLIER_FAILED;
    return contested(jobs, change.name, waiting) ?? stillCopied(jobs, change, stale);
  };
}

/** The slots of keys that have not got what they are to get. */
const slotsOf = (jobs: Jobs, names: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...names].flatMap((name) => (jobs.get(name)?.group.desired?.deliverTo ?? []).map(slotId)));

/** A slot is not emptied for a key that is not in it yet. */
function contested(jobs: Jobs, name: string, waiting: ReadonlySet<string>): string | undefined {
  const receipts = jobs.get(name)?.record?.current?.receipts ?? [];
  const taken = receipts.map(({ slot }) => slotId(slot)).find((id) => waiting.has(id));
  return taken === undefined ? undefined : `another key is to take over ${taken}, and could not yet`;
}

/** A replaced key goes on for whoever reads it from a secret of the store that has not got the new one yet. */
function stillCopied(
  jobs: Jobs,
  { name }: KeyChange,
  stale: ReadonlyMap<string, string>,
): string | undefined {
  const slots = jobs.get(name)?.group.desired?.deliverTo ?? [];
  const copy = slots.map((slot) => stale.get(slotId(slot))).find((secret) => secret !== undefined);
  return copy === undefined
    ? undefined
    : `the secret ${copy} takes its value from it, and has not got the newest`;
}

const isLeak = (change: KeyChange): change is RevokeKey =>
  change.action === "revoke" && change.reason === "leaked";

/** Why a leaked key has to stay, loudly: what replaces it is not there. */
const stillLeaked = (
  { name, key }: RevokeKey,
  isAlone: boolean,
  unsettled: ReadonlySet<string>,
): string | undefined =>
  isAlone || !unsettled.has(name)
    ? undefined
    : `${keyText(key)} LEAKED AND IS STILL VALID: its replacement is not in place`;
