/** Which secrets of the store are ours. The store has no place for a marker, so the ledger says. */

import { compareText } from "./issue.ts";
import { type KeyRecord, secretRecordName } from "./key-record.ts";
import { LATE_CREATE_MS } from "./late-create.ts";
import type { LiveSecret, LiveSecrets } from "./live.ts";

const PREFIX = secretRecordName("");

/** Whether the ledger has a receipt of any: then the store's are to be read, although none may be declared any more. */
export const hasSecretRecords = (records: ReadonlyMap<string, KeyRecord>): boolean =>
  [...records.values()].some(({ secret }) => secret !== undefined);

export interface Declared {
  /** Of the Secrets in the manifests. */
  readonly names: ReadonlySet<string>;
  readonly now: Date;
}

/**
 * By the id of the receipt. A run that died between create and receipt left its intent: what then has that tag and that
 * display name came of it, as long as its manifest stays, and for as long as a create may come late. After that it may be
 * anybody's, and an intent is never enough to take it away.
 */
export function splitSecrets(
  live: readonly LiveSecret[],
  records: ReadonlyMap<string, KeyRecord>,
  declared: Declared,
): LiveSecrets {
  const owners = [...records.values()].filter(({ name }) => name.startsWith(PREFIX));
  const begun = owners.filter((record) => isAwaited(record, declared));
  const ownerOf = ({ id, tag, displayName }: LiveSecret): KeyRecord | undefined =>
    owners.find((record) => record.secret?.id === id) ??
    begun.find(({ secretIntent }) => secretIntent?.tag === tag && secretIntent.displayName === displayName);
  const owned = live.flatMap((secret) => {
    const owner = ownerOf(secret);
    return owner ? [{ ...secret, name: owner.name.slice(PREFIX.length) }] : [];
  });
  const ids = new Set(owned.map(({ id }) => id));
  return {
    owned: owned.toSorted((a, b) => compareText(a.name, b.name)),
    foreign: live.filter(({ id }) => !ids.has(id)).map(({ tag }) => tag),
  };
}

const isAwaited = ({ name, secretIntent }: KeyRecord, { names, now }: Declared): boolean =>
  secretIntent !== undefined &&
  names.has(name.slice(PREFIX.length)) &&
  Date.parse(secretIntent.at) + LATE_CREATE_MS > now.getTime();
