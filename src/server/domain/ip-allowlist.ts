/**
 * From which addresses the store may be called. An empty list: from everywhere; from the first entry on everything
 * else is refused (`allowlist-guard.ts`).
 */

import type { Kysely } from "kysely";
import { canonicalJson, sha256Hex } from "../../core/digest.ts";
import type { Tables } from "../database/tables.ts";
import { type AddressRange, type RangeFault, parseRange, renderRange } from "../../core/address-range.ts";
import { AddressSet } from "./address-set.ts";
import type { Actor } from "./audit.ts";
import { change } from "./change.ts";
import { type IfMatch, refuseStale } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";

export interface NewAllowlistEntry {
  /** An IPv4 or IPv6 address or CIDR range, in any spelling that has one meaning. */
  readonly address: string;
  readonly description?: string;
}

export interface AllowlistEntry extends Required<NewAllowlistEntry> {
  /** When the address came to the list. */
  readonly createdAt: string;
}

export interface AllowlistFault {
  /** Of the entry in the request. */
  readonly index: number;
  readonly detail: string;
}

export interface AllowlistCheck {
  /** The sound entries in canonical spelling, in the order of the request. */
  readonly entries: readonly Required<NewAllowlistEntry>[];
  readonly faults: readonly AllowlistFault[];
  /** The list is sound, and would refuse the address that it was checked for. */
  readonly locksOut: boolean;
}

export const MOST_ENTRIES = 1000;

/** By address. */
export async function readAllowlist({
  database,
}: Pick<StoreContext, "database">): Promise<readonly AllowlistEntry[]> {
  const rows = await database.selectFrom("ip_allowlist").selectAll().orderBy("address").execute();
  return rows.map((row) => ({
    address: row.address,
    description: row.description,
    createdAt: row.created_at,
  }));
}

/** `callerAddress` in canonical spelling; null: inside the process, which no list locks out. */
export function validateAllowlist(
  entries: readonly NewAllowlistEntry[],
  callerAddress: string | null,
): AllowlistCheck {
  const indexOf = new Map<string, number>();
  const ranges: AddressRange[] = [];
  const sound: Required<NewAllowlistEntry>[] = [];
  const faults: AllowlistFault[] = [];
  for (const [index, { address, description = "" }] of entries.entries()) {
    const range = parseNewRange(address, indexOf);
    if ("fault" in range) {
      faults.push({ index, detail: range.fault });
      continue;
    }
    indexOf.set(renderRange(range), index);
    ranges.push(range);
    sound.push({ address: renderRange(range), description });
  }
  const excludes = (address: string): boolean => ranges.length > 0 && !new AddressSet(ranges).has(address);
  const locksOut = faults.length === 0 && callerAddress !== null && excludes(callerAddress);
  return { entries: sound, faults, locksOut };
}

/** One that is not yet in the list. */
function parseNewRange(text: string, indexOf: ReadonlyMap<string, number>): AddressRange | RangeFault {
  const range = parseRange(text);
  if ("fault" in range) return range;
  const twin = indexOf.get(renderRange(range));
  if (twin !== undefined) return { fault: `is the same as entry ${twin}, counted from 0` };
  return indexOf.size < MOST_ENTRIES ? range : { fault: `is one too many: a list holds ${MOST_ENTRIES}` };
}

/**
 * Replaces the whole list. Refused with `invalid-request` when it has faults, and with `would-lock-out` when it would
 * refuse the actor's own address, unless `force`. Equal content is no change.
 */
export async function replaceAllowlist(
  context: StoreContext,
  actor: Actor,
  entries: readonly NewAllowlistEntry[],
  { force = false, ifMatch }: { readonly force?: boolean; readonly ifMatch?: IfMatch | undefined } = {},
): Promise<readonly AllowlistEntry[] | Refusal> {
  const check = validateAllowlist(entries, actor.ipAddress);
  const refusal = refuseFaults(check) ?? (force ? undefined : refuseLockOut(check, actor));
  if (refusal) return refusal;
  return change(context, actor, async ({ transaction, now, record }) => {
    const present = await readAllowlist({ database: transaction });
    const stale = refuseStale(ifMatch, allowlistVersion(present));
    if (stale) return stale;
    const next = buildEntries(check, present, now);
    if (allowlistVersion(next) === allowlistVersion(present)) return present;
    await save(transaction, next);
    const details = { entries: next.map(({ address, description }) => ({ address, description })) };
    record({ action: "UPDATE", objectType: "IP_ALLOWLIST", objectId: "allowlist", details });
    return next;
  });
}

/** Tells lists apart; the same for equal content. */
export const allowlistVersion = (entries: readonly AllowlistEntry[]): string =>
  sha256Hex(canonicalJson(entries)).slice(0, 32);

function refuseFaults({ faults }: AllowlistCheck): Refusal | undefined {
  const [first] = faults;
  if (!first) return undefined;
  return { refused: "invalid-request", detail: `The address of entry ${first.index} ${first.detail}.` };
}

const refuseLockOut = ({ locksOut }: AllowlistCheck, { ipAddress }: Actor): Refusal | undefined =>
  locksOut
    ? {
        refused: "would-lock-out",
        detail: `The list does not hold the caller's own address, ${ipAddress}: add it, or insist with force=true.`,
      }
    : undefined;

/** Sorted as `readAllowlist` sorts; an address that stays keeps its date. */
function buildEntries(
  { entries }: AllowlistCheck,
  present: readonly AllowlistEntry[],
  now: Date,
): readonly AllowlistEntry[] {
  const dates = new Map(present.map(({ address, createdAt }) => [address, createdAt]));
  return entries
    .map((entry) => ({ ...entry, createdAt: dates.get(entry.address) ?? now.toISOString() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

async function save(transaction: Kysely<Tables>, entries: readonly AllowlistEntry[]): Promise<void> {
  await transaction.deleteFrom("ip_allowlist").execute();
  const rows = entries.map(({ address, description, createdAt }) => ({
    address,
    description,
    created_at: createdAt,
  }));
  if (rows.length > 0) await transaction.insertInto("ip_allowlist").values(rows).execute();
}
