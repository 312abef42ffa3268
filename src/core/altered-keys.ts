/** Live keys that the ledger knows for ours, and whose marker says otherwise: somebody edited what it stands in. */

import type { Facts } from "./facts.ts";
import { compareText } from "./issue.ts";
import type { KeyRecord } from "./key-record.ts";
import type { Marker, OwnedKey } from "./live.ts";

export interface AlteredKey extends RecordedKey {
  /** What it says of itself, and the name in it as the manifests call it now; absent: no marker of this instance. */
  readonly found?: { readonly name: string; readonly marker: Marker };
}

interface RecordedKey {
  readonly is: "current" | "replaced" | "attempt";
  /** Absent in an attempt: the ledger learns it with the promotion. */
  readonly id?: string;
  readonly operation: string;
  /** As the manifests call it now. */
  readonly name: string;
  /** Of a replaced key it is not known. */
  readonly generation?: number;
}

export function alteredKeys(facts: Facts): readonly (AlteredKey & { readonly id: string })[] {
  const nameNow = renaming(facts);
  const recorded = recordedKeys(facts, nameNow);
  const foreign = new Set(facts.live.foreign.ids);
  const lost = recorded.flatMap(({ id, ...each }) =>
    id !== undefined && foreign.has(id) ? [{ ...each, id }] : [],
  );
  const byId = new Map(recorded.map((each) => [each.id, each]));
  const attempts = new Map(
    recorded.flatMap((each) => (each.is === "attempt" ? [[each.operation, each] as const] : [])),
  );
  const bent = facts.live.keys.flatMap((key) => {
    const name = nameNow(key.marker.name);
    const owner = ownerOf(key, name, byId, attempts);
    return owner ? [{ ...owner, id: key.id, found: { name, marker: key.marker } }] : [];
  });
  return [...lost, ...bent].sort((a, b) => compareText(a.id, b.id));
}

/** What the ledger knows the key for, where its marker says something else; undefined: they agree, or it is unknown. */
function ownerOf(
  { id, marker }: OwnedKey,
  name: string,
  byId: ReadonlyMap<string | undefined, RecordedKey>,
  attempts: ReadonlyMap<string, RecordedKey>,
): RecordedKey | undefined {
  const known = byId.get(id);
  if (known) return known.operation === marker.operation && known.name === name ? undefined : known;
  const attempt = attempts.get(marker.operation);
  return attempt?.name === name ? undefined : attempt;
}

function renaming({ desired }: Facts): (name: string) => string {
  const renames = new Map(
    desired.keys.flatMap((key) => key.previousNames.map((previous) => [previous, key.name] as const)),
  );
  return (name) => renames.get(name) ?? name;
}

const recordedKeys = ({ records }: Facts, nameNow: (name: string) => string): readonly RecordedKey[] =>
  [...records.values()]
    // A rename that died before its last step left the old one behind.
    .filter(({ name }) => name === nameNow(name) || !records.has(nameNow(name)))
    .flatMap((record) => keysOfRecord(record, nameNow(record.name)));

const keysOfRecord = (
  { current, intent, retiring, abandoned = [] }: KeyRecord,
  name: string,
): readonly RecordedKey[] => [
  ...[intent, ...abandoned].flatMap((each): readonly RecordedKey[] =>
    each ? [{ is: "attempt", operation: each.operation, generation: each.generation, name }] : [],
  ),
  ...retiring.map(({ id, operation }) => ({ is: "replaced", id, operation, name }) as const),
  ...(current
    ? [
        {
          is: "current",
          id: current.id,
          operation: current.operation,
          generation: current.generation,
          name,
        } as const,
      ]
    : []),
];
