/** What must change for the store's IP allowlist. */

import { type FieldChange, fieldChange, type UpdateAllowlist } from "./change.ts";
import type { AllowlistEntry, DesiredAllowlist } from "./desired.ts";
import { compareText } from "./issue.ts";
import type { LiveAllowlist } from "./live.ts";

/** One field for each address that differs. A list that is not declared is not managed, and never emptied. */
export function diffAllowlist(
  desired: DesiredAllowlist | undefined,
  live: LiveAllowlist | undefined,
): readonly UpdateAllowlist[] {
  if (!desired || !live) return [];
  const [declared, present] = [byAddress(desired.entries), byAddress(live.entries)];
  const fields = [...new Set([...declared.keys(), ...present.keys()])]
    .sort(compareText)
    .flatMap((address) => entryField(address, present.get(address), declared.get(address)));
  return fields.length > 0
    ? [{ action: "update", kind: "IpAllowlist", name: desired.name, desired, fields }]
    : [];
}

const byAddress = (entries: readonly AllowlistEntry[]): ReadonlyMap<string, string> =>
  new Map(entries.map(({ address, description }) => [address, description]));

const entryField = (
  address: string,
  from: string | undefined,
  to: string | undefined,
): readonly FieldChange[] => (from === to ? [] : [fieldChange(address, from, to)]);
