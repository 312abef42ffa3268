import { baselineOf, ENDED } from "../baseline.ts";
import { knownOperations } from "../blocked.ts";
import type { DesiredKey } from "../desired.ts";
import { itemId } from "../desired-item.ts";
import type { Facts } from "../facts.ts";
import { isHeldElsewhere } from "../held-elsewhere.ts";
import type { KeyRecord } from "../key-record.ts";
import type { OwnedKey } from "../live.ts";

interface Known {
  readonly name: string;
  readonly desired?: DesiredKey | undefined;
  /** All of the name. */
  readonly live: readonly OwnedKey[];
  readonly record?: KeyRecord | undefined;
}

/** Whether it is known why a live key carries our marker: the ledger says so, or it was adopted, of which no ledger tells. */
export function isAccountedFor(
  key: { readonly id: string; readonly operation: string },
  group: Known,
  { records }: Pick<Facts, "records">,
): boolean {
  const { desired, record } = group;
  const isKnown = record?.leaked?.includes(key.operation) === true;
  if (isKnown || (record !== undefined && knownOperations(record).has(key.operation))) return true;
  return isHeldElsewhere(desired, key) || wasAdopted(group, records);
}

/** Its manifest is gone: the name was applied, and the ledger never had a key of it. */
function wasAdopted({ name, desired, live, record }: Known, records: Facts["records"]): boolean {
  if (desired || live.length !== 1 || record?.current || record?.intent) return false;
  const digest = baselineOf(records).applied?.items[itemId({ kind: "ApiKey", name })];
  return digest !== undefined && digest !== ENDED;
}
