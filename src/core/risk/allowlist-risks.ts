import { type AddressRange, parseLooseRange, rangeEnd } from "../address-range.ts";
import type { UpdateAllowlist } from "../change.ts";
import type { AllowlistEntry } from "../desired.ts";
import type { Facts } from "../facts.ts";
import { listText } from "../list-text.ts";
import type { Risk } from "./risk.ts";

/**
 * An address can call that could not before. An empty list refuses nobody: to empty one opens the store, and the first entry
 * of one only closes it.
 */
export function allowlistRisks({ name, desired }: UpdateAllowlist, { live }: Facts): readonly Risk[] {
  const present = live.allowlist?.entries ?? [];
  if (present.length === 0) return [];
  const about = { class: "allowlist-widened", kind: "IpAllowlist", name } as const;
  if (desired.entries.length === 0) return [{ ...about, message: "IP allowlist: everybody may call" }];
  const added = addedAddresses(desired.entries, present);
  return added.length === 0 ? [] : [{ ...about, message: `IP allowlist: also ${listText(added)}` }];
}

function addedAddresses(
  wanted: readonly AllowlistEntry[],
  present: readonly AllowlistEntry[],
): readonly string[] {
  const spelled = new Set(present.map(({ address }) => address));
  const ranges = present.flatMap(({ address }) => parseLooseRange(address) ?? []);
  return wanted
    .map(({ address }) => address)
    .filter((address) => {
      if (spelled.has(address)) return false;
      const range = parseLooseRange(address);
      return !range || !isCovered(range, ranges);
    });
}

/** By all of them together: two halves make a whole. */
function isCovered(range: AddressRange, by: readonly AddressRange[]): boolean {
  const ranges = by
    .filter(({ family }) => family === range.family)
    .toSorted((a, b) => (a.first < b.first ? -1 : 1));
  let next = range.first;
  for (const each of ranges) {
    if (each.first > next) break;
    if (rangeEnd(each) >= next) next = rangeEnd(each) + 1n;
  }
  return next > rangeEnd(range);
}
