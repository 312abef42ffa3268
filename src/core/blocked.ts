/** Keys and roles that this run must leave alone, and why: what is ambiguous is forbidden. */

import type { DesiredRole } from "./desired.ts";
import { canonicalJson } from "./digest.ts";
import { HOUR_MS } from "./duration.ts";
import type { Position } from "./issue.ts";
import type { KeyGroup } from "./key-group.ts";
import type { KeyRecord } from "./key-record.ts";
import type { LiveKey, LiveState, OwnedKey } from "./live.ts";
import type { Minting, StoreCapabilities } from "./ports.ts";

export interface Blocked {
  readonly kind: "ApiKey" | "Role" | "Secret";
  readonly name: string;
  readonly code:
    | "MARKER_AMBIGUOUS"
    | "MARKER_ALTERED"
    | "RENAME_AMBIGUOUS"
    | "LEDGER_BEHIND"
    | "KEY_UNKNOWN"
    | "NAME_UNKNOWN"
    | "POLICY_OF_STORE"
    | "SECURITY_LEVEL_UNSUPPORTED"
    | "ROLE_UNSUPPORTED"
    | "LIFETIME_OF_STORE"
    | "SCOPE_UNSUPPORTED"
    | "ROLE_FOREIGN"
    | "ROLE_BLOCKED"
    | "PROTECTED"
    | "SLOT_IN_USE"
    | "SLOT_OCCUPIED"
    | "SLOT_MISSING"
    | "POLICY_BROKEN"
    | "ADOPTION_TAKEN"
    | "ADOPTION_FOREIGN"
    | "ADOPTION_MISSING"
    | "CUSTODY_ELSEWHERE"
    | "ROLE_MISSING"
    | "SECRET_FOREIGN"
    | "SECRET_TAG_FIXED"
    | "SECRET_TAG_TAKEN"
    | "SECRET_SOURCE_EMPTY"
    | "SECRET_SOURCE_UNREADABLE";
  readonly message: string;
  readonly hint: string;
  readonly at?: Position;
}

/** Whether somebody has to mend something: a key that waits to be named by a person is as it should be. */
export const isFault = ({ code }: Blocked): boolean => code !== "PROTECTED" && code !== "CUSTODY_ELSEWHERE";

/** Why nothing may be done for a name at all. */
export function blockedGroup(
  group: KeyGroup,
  { mint }: Pick<StoreCapabilities, "mint">,
): Blocked | undefined {
  return (
    ambiguousMarker(group, mint) ?? ambiguousRename(group) ?? copiedKey(group, mint) ?? unknownKey(group)
  );
}

function ambiguousMarker({ name, live, record }: KeyGroup, { by }: Minting): Blocked | undefined {
  const seen = new Map<string, OwnedKey>();
  for (const key of live) {
    const twin = seen.get(key.marker.operation);
    if (twin && !(by === "store" && isTwice([twin, key], record))) {
      return {
        kind: "ApiKey",
        name,
        code: "MARKER_AMBIGUOUS",
        message: `two live keys carry one marker: ${twin.id} and ${key.id}`,
        hint: "someone copied the marker; remove it from the key that Keywright did not make",
      };
    }
    seen.set(key.marker.operation, key);
  }
  return undefined;
}

/** Two keys of one secret: no two creates give the same. */
const endAlike = (a: LiveKey, b: LiveKey): boolean => a.last4 !== undefined && a.last4 === b.last4;

/** How long after its promotion a key's create may still be carried out a second time. */
const LATE_MS = HOUR_MS;

/**
 * Whether two keys with one marker come from one create of ours that a store without idempotency carried out twice, and
 * not from a person who copied the marker: they are alike, and as old as the attempt.
 */
function isTwice([a, b]: readonly [OwnedKey, OwnedKey], record: KeyRecord | undefined): boolean {
  const { operation } = a.marker;
  if (!isAlike(a, b) || !record || endAlike(a, b)) return false;
  const { current, intent, abandoned = [] } = record;
  if ([intent, ...abandoned].some((each) => each?.operation === operation)) return true;
  if (current?.operation !== operation) return false;
  const [bornA, bornB] = [Date.parse(a.createdAt), Date.parse(b.createdAt)];
  // Our own clock may be far off: the store's dates agree with one another.
  return (
    Math.abs(bornA - bornB) <= LATE_MS || Math.max(bornA, bornB) <= Date.parse(current.promotedAt) + LATE_MS
  );
}

/** Whether two keys can have come from one request. */
export const isAlike = (a: LiveKey, b: LiveKey): boolean =>
  a.displayName === b.displayName && canonicalJson(a.roles) === canonicalJson(b.roles);

/**
 * A rename takes one key over; it never joins two. Without this, a previous name that belongs to another key
 * would have that key revoked as a leftover, past the budget and past its protection.
 */
function ambiguousRename({ name, live, record }: KeyGroup): Blocked | undefined {
  const known = record ? knownOperations(record) : new Set<string>();
  const hasOwn = record ? record.name === name : live.some(({ marker }) => marker.name === name);
  const other = live.find(({ marker }) => marker.name !== name && !known.has(marker.operation));
  if (!hasOwn || !other) return undefined;
  return {
    kind: "ApiKey",
    name,
    code: "RENAME_AMBIGUOUS",
    message: `it cannot take over ${other.marker.name} (${other.id}): it has a key of its own`,
    hint: `take ${other.marker.name} out of previousNames, or choose a name that was never used`,
  };
}

/** Every operation that the ledger accounts for. */
export const knownOperations = ({
  current,
  intent,
  retiring,
  abandoned = [],
}: KeyRecord): ReadonlySet<string> =>
  new Set([current, intent, ...retiring, ...abandoned].flatMap((each) => each?.operation ?? []));

/**
 * A key with our marker that the ledger does not account for. It is not revoked: with an old copy of the ledger, or
 * a store that was restored, it may be the key that everyone uses; and anybody can copy a marker.
 */
function unknownKey({ name, live, record }: KeyGroup): Blocked | undefined {
  // A record that only waits for revocations says nothing of generations.
  const known = record?.current?.generation ?? record?.intent?.generation;
  if (!record || known === undefined) return undefined;
  const operations = knownOperations(record);
  const strangers = live.filter(({ marker }) => !operations.has(marker.operation));
  const newer = strangers.find(({ marker }) => marker.generation >= known);
  if (newer) {
    const message = `the store holds generation ${newer.marker.generation} (${newer.id}), the ledger ends at ${known}`;
    const hint = "another ledger was used for this instance; run with that one, or bring this one up to date";
    return { kind: "ApiKey", name, code: "LEDGER_BEHIND", message, hint };
  }
  const older = record.current ? strangers[0] : undefined;
  if (!older) return undefined;
  const message = `the ledger does not know ${older.id}, which carries its marker (generation ${older.marker.generation})`;
  const hint = "see who uses it; then revoke it in the store, or take its keywright/ labels away";
  return { kind: "ApiKey", name, code: "KEY_UNKNOWN", message, hint };
}

/**
 * Where an operation makes one key and no more, one with another id is a person's copy, even when the key that it was
 * copied from is gone.
 */
function copiedKey({ name, live, record }: KeyGroup, { by }: Minting): Blocked | undefined {
  if (by === "store" || !record) return undefined;
  const known = [...(record.current ? [record.current] : []), ...record.retiring];
  const ids = new Map(known.map(({ operation, id }) => [operation, id] as const));
  const copy = live.find(({ id, marker }) => (ids.get(marker.operation) ?? id) !== id);
  if (!copy) return undefined;
  const message = `${copy.id} carries the marker of another key, ${ids.get(copy.marker.operation)}`;
  const hint = "someone copied the marker; remove it from the key that Keywright did not make";
  return { kind: "ApiKey", name, code: "KEY_UNKNOWN", message, hint };
}

/** A role of this tag was made by hand: its permissions are not ours to change. Or it should have been, and was not. */
export function blockedRole(
  desired: DesiredRole,
  { roles, foreign }: Pick<LiveState, "roles" | "foreign">,
): Blocked | undefined {
  const isForeign = foreign.roles.includes(desired.name);
  if (desired.external) return isForeign || hasRole(roles, desired.name) ? undefined : missingRole(desired);
  if (!isForeign) return undefined;
  return {
    kind: "Role",
    name: desired.name,
    code: "ROLE_FOREIGN",
    message: "a role of this tag exists and is not ours",
    hint: "choose another tag, or delete that role in the store; or declare it as it is, with spec: { external: true }",
    at: desired.origin,
  };
}

const hasRole = (roles: LiveState["roles"], tag: string): boolean => roles.some(({ name }) => name === tag);

const missingRole = ({ name, origin }: DesiredRole): Blocked => ({
  kind: "Role",
  name,
  code: "ROLE_MISSING",
  message: "it is declared as external, and the store has no role of this tag",
  hint: "make it in the store, or declare its permissions",
  at: origin,
});
