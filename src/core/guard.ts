/**
 * What an apply refuses although the diff asks for it: a chain of small pure functions. A guard is passed by
 * naming the exact keys, never by a switch that turns it off.
 */

import type { ApprovalRule } from "./approval/approval.ts";
import type { Change, RevokeKey } from "./change.ts";
import { isValid } from "./expiry.ts";
import type { Facts } from "./facts.ts";
import { secretRecordName } from "./key-record.ts";
import { lockout } from "./lockout-guard.ts";
import { isProtectedRotation } from "./protection.ts";

export interface Limits {
  /** Names whose manifests are gone that one run may revoke. */
  readonly maxRevocations: number;
  /** The same as a share of all live names, 0 to 100; counts from 10 names up. */
  readonly maxRevocationsPercent: number;
  readonly protectedKeys: readonly string[];
  /** The store's ids of keys that are never revoked: the one we authenticate with, first of all. */
  readonly ownKeyIds: readonly string[];
  /** Names that a person allowed to be revoked or rotated, in this run, in so many words. */
  readonly allowed: readonly string[];
  /** Addresses and ranges that Keywright itself calls the store from; absent or empty: nobody said. */
  readonly ownAddresses?: readonly string[];
  /** Whether consumers that matter use these keys. Default: true. */
  readonly isProduction?: boolean;
  /** What risky changes need; absent: nothing. */
  readonly approvals?: readonly ApprovalRule[];
}

export interface Violation {
  readonly guard:
    | "empty-desired-set"
    | "incomplete-read"
    | "revocation-count"
    | "revocation-percent"
    | "own-key"
    | "protected-key"
    | "last-valid-key"
    | "lockout"
    | "allowlist-off";
  readonly message: string;
  readonly hint: string;
  /** The keys that it is about. */
  readonly names: readonly string[];
}

export type Guard = (changes: readonly Change[], facts: Facts, limits: Limits) => Violation | undefined;

export const violationsOf = (
  changes: readonly Change[],
  facts: Facts,
  limits: Limits,
): readonly Violation[] => GUARDS.flatMap((guard) => guard(changes, facts, limits) ?? []);

const PERCENT_FROM = 10;

const emptyDesiredSet: Guard = (_changes, { desired, live, requests }) => {
  // A plan that answers requests revokes what they name, and nothing for want of a manifest.
  if (requests.length > 0) return undefined;
  const secrets = desired.secrets?.length ? [] : (live.secrets?.owned ?? []);
  if (desired.keys.length === 0 && live.keys.length === 0 && secrets.length > 0)
    return emptySet(secrets.map(({ name }) => secretRecordName(name)));
  if (desired.keys.length > 0 || live.keys.length === 0) return undefined;
  return emptySet(liveNames(live.keys));
};

const emptySet = (names: readonly string[]): Violation => ({
  guard: "empty-desired-set",
  message: `the manifests declare no key at all, and the store holds ${revocationText(names)} of this instance`,
  hint: "this is nearly always a wrong path, branch or pattern; to end an instance, remove its keys a few at a time and keep one",
  names,
});

const incompleteRead: Guard = (changes, { live }) => {
  if (live.complete || changes.length === 0) return undefined;
  return {
    guard: "incomplete-read",
    message: "the store did not list all that it holds, so what looks missing may be there",
    hint: "run it again; if it stays so, look at the store",
    names: [],
  };
};

const revocationCount: Guard = (changes, _facts, limits) => {
  const names = [...budgeted(changes, limits), ...budgetedSecrets(changes, limits)];
  if (names.length <= limits.maxRevocations) return undefined;
  return {
    guard: "revocation-count",
    message: `${revocationText(names)} would be revoked; guards.maxRevocations allows ${limits.maxRevocations}`,
    hint: allowHint(names),
    names,
  };
};

const revocationPercent: Guard = (changes, { live }, limits) => {
  const names = budgeted(changes, limits);
  const all = liveNames(live.keys).length;
  const percent = (100 * names.length) / all;
  if (names.length === 0 || all < PERCENT_FROM || percent <= limits.maxRevocationsPercent) return undefined;
  return {
    guard: "revocation-percent",
    message: `${names.length} of ${all} keys (${Math.round(percent)}%) would be revoked; guards.maxRevocationsPercent allows ${limits.maxRevocationsPercent}%`,
    hint: allowHint(names),
    names,
  };
};

const ownKey: Guard = (changes, _facts, limits) => {
  const own = [...revocations(changes), ...changes.filter((change) => change.action === "adopt")].find(
    ({ key }) => limits.ownKeyIds.includes(key.id),
  );
  if (!own) return undefined;
  return {
    guard: "own-key",
    message: `${own.name} (${own.key.id}) is the key that Keywright itself runs with`,
    hint: "run with another credential first; this guard has no override",
    names: [own.name],
  };
};

const protectedKey: Guard = (changes, facts, { protectedKeys, allowed }) => {
  const marked = markedNames(facts.live.keys);
  const names = distinct(
    changes.filter((change) => isProtected(change, protectedKeys, marked, facts)).map(({ name }) => name),
  ).filter((name) => !allowed.includes(name));
  if (names.length === 0) return undefined;
  return {
    guard: "protected-key",
    message: `${names.join(", ")} ${names.length === 1 ? "is" : "are"} protected and would be revoked, rotated or renamed`,
    hint: allowHint(names),
    names,
  };
};

/**
 * The end of an overlap was approved with the rotation that began it. The configuration protects by name, so a
 * key is known by the name in its marker too, and a rename must not lead out of the protection.
 */
function isProtected(
  change: Change,
  protectedKeys: readonly string[],
  marked: ReadonlyMap<string, string>,
  facts: Facts,
): boolean {
  if (change.kind !== "ApiKey" || change.action === "create" || change.action === "adopt") return false;
  const { id } = change.action === "revoke" ? change.key : change.current;
  const isNamed = protectedKeys.includes(change.name);
  const wasNamed = protectedKeys.includes(marked.get(id) ?? change.name);
  if (change.action === "update") return wasNamed && !isNamed;
  if (change.action === "rotate") {
    return isProtectedRotation(change, facts, wasNamed ? [change.name] : protectedKeys);
  }
  return isMeantToEnd(change) && (isNamed || change.protected);
}

/** Revocations after which consumers are to be without a key. */
const isMeantToEnd = ({ reason }: RevokeKey): boolean => reason === "removed" || reason === "asked";

const lastValidKey: Guard = (changes, { desired, live, now }) => {
  const leaving = revocations(changes);
  const declared = new Set(desired.keys.map(({ name }) => name));
  const gone = new Set(leaving.map(({ key }) => key.id));
  const valid = live.keys.filter((key) => isValid(key, now));
  const left = new Set([
    ...valid.filter(({ id }) => !gone.has(id)).map((key) => key.marker.name),
    ...changes.filter(isMint).map(({ name }) => name),
  ]);
  const markedValid = markedNames(valid);
  const names = distinct(
    leaving
      .filter((change) => !isMeantToEnd(change) && (change.reason !== "leaked" || declared.has(change.name)))
      .filter(({ key, name }) => {
        const marked = markedValid.get(key.id);
        return marked !== undefined && !left.has(name) && !left.has(marked);
      })
      .map(({ name }) => name),
  );
  if (names.length === 0) return undefined;
  return {
    guard: "last-valid-key",
    message: `${names.join(", ")} would be left without a valid key`,
    hint: "rotate it first; this guard has no override",
    names,
  };
};

const isMint = ({ kind, action }: Change): boolean =>
  kind === "ApiKey" && (action === "create" || action === "rotate");

const GUARDS: readonly Guard[] = [
  emptyDesiredSet,
  incompleteRead,
  revocationCount,
  revocationPercent,
  ownKey,
  protectedKey,
  lastValidKey,
  lockout,
];

const revocations = (changes: readonly Change[]): readonly RevokeKey[] =>
  changes.filter((change) => change.kind === "ApiKey" && change.action === "revoke");

/** The names of keys that count against the budget: manifests gone, not allowed by name. */
const budgeted = (changes: readonly Change[], { allowed }: Limits): readonly string[] =>
  distinct(
    revocations(changes)
      .filter(({ reason, name }) => reason === "removed" && !allowed.includes(name))
      .map(({ name }) => name),
  );

/** The same for secrets, by the names of their records: a key may have the same name. */
const budgetedSecrets = (changes: readonly Change[], { allowed }: Limits): readonly string[] =>
  changes
    .filter(({ kind, action }) => kind === "Secret" && action === "revoke")
    .map(({ name }) => secretRecordName(name))
    .filter((name) => !allowed.includes(name));

const revocationText = (names: readonly string[]): string => {
  const secrets = names.filter((name) => name.startsWith(secretRecordName(""))).length;
  const parts = [[names.length - secrets, "key"] as const, [secrets, "secret"] as const];
  return parts.flatMap(([n, noun]) => (n > 0 ? count(n, noun) : [])).join(" and ");
};

const liveNames = (keys: Facts["live"]["keys"]): readonly string[] =>
  distinct(keys.map((key) => key.marker.name));

const markedNames = (keys: Facts["live"]["keys"]): ReadonlyMap<string, string> =>
  new Map(keys.map((key) => [key.id, key.marker.name]));

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

const allowHint = (names: readonly string[]): string =>
  `if that is meant, name them: --allow ${names.slice(0, 5).join(",")}${names.length > 5 ? ",…" : ""}`;

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
