/** Which key a leaked secret belongs to, as far as ledger and store tell without showing it to anybody. */

import { isUnexpired } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { groupKeys, type KeyGroup } from "./key-group.ts";
import type { LiveKey, OwnedKey } from "./live.ts";

export type LeakFinding =
  /** A key of ours that is live; without an id where the store has not heard of it yet. */
  | { readonly type: "ours"; readonly name: string; readonly operation: string; readonly id?: string }
  /** It lets nobody in any more. */
  | { readonly type: "dead"; readonly why: string; readonly name?: string }
  /** Without our marker; `isOwn`: it is the key that we run with. */
  | { readonly type: "foreign"; readonly isOwn: boolean; readonly id?: string }
  /** Several keys end like it, and nothing tells them apart. */
  | { readonly type: "ambiguous"; readonly names: readonly string[]; readonly foreignIds: readonly string[] }
  | { readonly type: "unknown"; readonly why: string };

const groupsOf = ({ desired, live, records }: Facts): readonly KeyGroup[] =>
  groupKeys(desired, live.keys, records);

/** By what the ledger knows of current keys, replaced ones and attempts. */
export function leakByFingerprint(facts: Facts, fingerprint: string): LeakFinding | undefined {
  for (const { name, live, record } of groupsOf(facts)) {
    const known = [record?.current, record?.intent, ...(record?.retiring ?? [])];
    const operation = known.find((each) => each?.fingerprint === fingerprint)?.operation;
    if (operation === undefined) continue;
    const key = live.find(({ marker }) => marker.operation === operation);
    if (key) return leakOf(name, key, facts.now);
    const isOpen = record?.intent?.operation === operation;
    return isOpen ? { type: "ours", name, operation } : { type: "dead", name, why: "gone from the store" };
  }
  return undefined;
}

/** By the id that the store gives for the secret. */
export function leakById(facts: Facts, id: string, ownKeyIds: readonly string[]): LeakFinding {
  for (const { name, live } of groupsOf(facts)) {
    const key = live.find((each) => each.id === id);
    if (key) return leakOf(name, key, facts.now);
  }
  return { type: "foreign", id, isOwn: ownKeyIds.includes(id) };
}

function leakOf(name: string, { id, marker, status, expiresAt }: OwnedKey, now: Date): LeakFinding {
  const isDead = status === "expired" || !isUnexpired({ ...(expiresAt !== undefined && { expiresAt }) }, now);
  if (isDead) return { type: "dead", name, why: "expired" };
  return { type: "ours", name, operation: marker.operation, id };
}

/**
 * By its last four characters, where the store cannot be asked: among the keys of `all` whose secrets the ledger does not
 * know, for those are other ones. `name` is a person's word for which it is.
 */
export function leakByLast4(
  facts: Facts,
  all: readonly LiveKey[],
  last4: string,
  name?: string,
): LeakFinding {
  const known = knownOperations(facts);
  const ours = groupsOf(facts).flatMap((group) =>
    group.live
      .filter((key) => key.last4 === last4 && !known.has(key.marker.operation))
      .map((key) => ({ name: group.name, key })),
  );
  const owned = new Set(facts.live.keys.map(({ id }) => id));
  const foreignIds = all.filter((key) => key.last4 === last4 && !owned.has(key.id)).map(({ id }) => id);
  const [first, ...others] = ours.filter((each) => name === undefined || each.name === name);
  if (first && others.length === 0 && (foreignIds.length === 0 || name !== undefined)) {
    return leakOf(first.name, first.key, facts.now);
  }
  const names = [...new Set(ours.map((each) => each.name))];
  const [foreignId] = foreignIds;
  if (ours.length === 0 && foreignIds.length === 1 && foreignId !== undefined) {
    return { type: "foreign", id: foreignId, isOwn: false };
  }
  if (ours.length + foreignIds.length > 0) return { type: "ambiguous", names, foreignIds };
  return { type: "unknown", why: "no live key ends like it" };
}

/** Operations whose secrets the ledger knows by fingerprint. */
export const knownOperations = ({ records }: Facts): ReadonlySet<string> =>
  new Set(
    [...records.values()]
      .flatMap(({ current, intent, retiring }) => [current, intent, ...retiring])
      .flatMap((each) => (each?.fingerprint === undefined ? [] : [each.operation])),
  );
