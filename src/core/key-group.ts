/** Everything known of one key name, put together: manifest, live keys, ledger record. */

import type { DesiredKey, DesiredState } from "./desired.ts";
import { compareText } from "./issue.ts";
import type { CurrentKey, KeyRecord } from "./key-record.ts";
import type { OwnedKey } from "./live.ts";

export interface KeyGroup {
  readonly name: string;
  readonly desired?: DesiredKey;
  /** Every live key that carries this name, or one of its previous names, in its marker. */
  readonly live: readonly OwnedKey[];
  /** The ledger's record, under this name or a previous one. */
  readonly record?: KeyRecord;
}

/** One group for every name that is declared or live, sorted by name. */
export function groupKeys(
  desired: DesiredState,
  live: readonly OwnedKey[],
  records: ReadonlyMap<string, KeyRecord>,
): readonly KeyGroup[] {
  const renames = new Map(
    desired.keys.flatMap((key) => key.previousNames.map((previous) => [previous, key.name] as const)),
  );
  const liveByName = new Map<string, OwnedKey[]>();
  for (const key of live) {
    const name = renames.get(key.marker.name) ?? key.marker.name;
    const group = liveByName.get(name);
    if (group) group.push(key);
    else liveByName.set(name, [key]);
  }
  const desiredByName = new Map(desired.keys.map((key) => [key.name, key]));
  const known = [...desiredByName.keys(), ...liveByName.keys(), ...endedNames(live, records, renames)];
  return [...new Set(known)].sort(compareText).map((name) => {
    const key = desiredByName.get(name);
    const record = recordUnder(name, key?.previousNames ?? [], records);
    return {
      name,
      live: (liveByName.get(name) ?? []).toSorted(byGeneration),
      ...(key && { desired: key }),
      ...(record && { record }),
    };
  });
}

/** What the ledger has under `name`, or under one that the key had before. */
export const recordUnder = (
  name: string,
  previousNames: readonly string[],
  records: ReadonlyMap<string, KeyRecord>,
): KeyRecord | undefined => [name, ...previousNames].map((each) => records.get(each)).find(Boolean);

/**
 * Names whose key, or attempt at one, only the ledger still knows. A record that a rename left behind is not one of them: its key
 * lives on under another name.
 */
function endedNames(
  live: readonly OwnedKey[],
  records: ReadonlyMap<string, KeyRecord>,
  renames: ReadonlyMap<string, string>,
): readonly string[] {
  const operations = new Set(live.map(({ marker }) => marker.operation));
  return [...records.values()]
    .filter(({ name, current, intent }) => {
      const last = current ?? intent;
      return last && !renames.has(name) && !operations.has(last.operation);
    })
    .map(({ name }) => name);
}

const byGeneration = (a: OwnedKey, b: OwnedKey): number =>
  a.marker.generation - b.marker.generation || compareText(a.id, b.id);

/**
 * The key that consumers use. The ledger says which; without its record it is the newest key that was in
 * use, because a key that is still PENDING was never handed out.
 */
export function currentOf({ live, record }: KeyGroup): OwnedKey | undefined {
  const recorded = record?.current;
  if (recorded) return live.find((key) => isRecorded(key, recorded));
  return live.findLast((key) => key.status !== "pending" && !isAttempt(key, record));
}

/** By its id too: a create that reached the store twice leaves a twin with the same marker. */
const isRecorded = ({ id, marker }: OwnedKey, current: CurrentKey): boolean =>
  id === current.id && marker.operation === current.operation;

/** Whether a key comes from an attempt that is under way, or was given up. */
const isAttempt = ({ marker: { operation } }: OwnedKey, record: KeyRecord | undefined): boolean =>
  operation === record?.intent?.operation ||
  (record?.abandoned ?? []).some((each) => each.operation === operation);

/** What the ledger knows of `current` itself; nothing when its record is about another key. */
export const recordedOf = (group: KeyGroup, current: OwnedKey): CurrentKey | undefined =>
  group.record?.current?.operation === current.marker.operation ? group.record.current : undefined;

/** The highest generation that this name ever had, as far as store and ledger know. */
export const latestGeneration = ({ live, record }: Pick<KeyGroup, "live" | "record">): number =>
  Math.max(
    0,
    record?.current?.generation ?? 0,
    record?.intent?.generation ?? 0,
    ...(record?.abandoned ?? []).map(({ generation }) => generation),
    ...live.map((key) => key.marker.generation),
  );
