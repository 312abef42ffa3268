/** Which secrets of the store are ours. The store has no place for a marker, so the ledger says. */

import { compareText } from "./issue.ts";
import { type KeyRecord, secretRecordName } from "./key-record.ts";
import type { LiveSecret, LiveSecrets } from "./live.ts";

const PREFIX = secretRecordName("");

/** Whether the ledger remembers any Secret: then the store's are to be read, although none may be declared any more. */
export const hasSecretRecords = (records: ReadonlyMap<string, KeyRecord>): boolean =>
  [...records.keys()].some((name) => name.startsWith(PREFIX));

/**
 * By the id of the receipt. A run that died between create and receipt left its intent: what then has that tag and that
 * display name came of it.
 */
export function splitSecrets(
  live: readonly LiveSecret[],
  records: ReadonlyMap<string, KeyRecord>,
): LiveSecrets {
  const owners = [...records.values()].filter(({ name }) => name.startsWith(PREFIX));
  const ownerOf = ({ id, tag, displayName }: LiveSecret): KeyRecord | undefined =>
    owners.find((record) => record.secret?.id === id) ??
    owners.find(({ secretIntent: begun }) => begun?.tag === tag && begun.displayName === displayName);
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
