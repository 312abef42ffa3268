/**
 * Keys by page. A page's ids are found first: through the index of a label, an owner or a role if the filter names
 * one, else through `keys_listing`, which holds all that the other conditions ask of a key. Then their rows are read.
 */

import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import type { Tables } from "../database/tables.ts";
import { KEY_STATUSES, type Key, type KeyStatus, buildKey } from "./key.ts";
import { isBreach } from "./policy-breaches.ts";
import { type Policy, readPolicy } from "./policy.ts";
import type { StoreContext } from "./store-context.ts";

type Label = readonly [name: string, value: string];

/** A key must meet all of it. */
export interface KeyFilter {
  readonly statuses: readonly KeyStatus[];
  readonly labels?: readonly Label[];
  readonly owner?: string;
  /** As `renderRole` spells it. */
  readonly role?: string;
  /** ISO 8601 with an offset. */
  readonly expiringBefore?: string;
  /** With the present policy. */
  readonly compliant?: boolean;
}

export interface KeyPage {
  readonly keys: readonly Key[];
  /** The id to go on after; undefined at the end. */
  readonly next: string | undefined;
}

/** At most `limit` keys after the id `after`, by id. Keys made or revoked meanwhile move no other key. */
export async function listKeys(
  { database, clock }: Pick<StoreContext, "database" | "clock">,
  filter: KeyFilter,
  limit: number,
  after = "",
): Promise<KeyPage> {
  const now = clock.now();
  const policy = filter.compliant === undefined ? undefined : await readPolicy(database);
  const rows = await database
    .selectFrom("keys")
    .selectAll()
    .where("id", "in", () => selectIds(database, { filter, policy, now: now.toISOString(), limit, after }))
    .orderBy("id")
    .execute();
  const keys = rows.slice(0, limit).map((row) => buildKey(row, now));
  return { keys, next: rows.length > limit ? keys.at(-1)?.id : undefined };
}

interface Question {
  readonly filter: KeyFilter;
  readonly policy: Policy | undefined;
  readonly now: string;
  readonly limit: number;
  readonly after: string;
}

/** Those of the page, and one more if there is one. */
export function selectIds(database: Kysely<Tables>, { filter, policy, now, limit, after }: Question) {
  const { statuses, labels = [], owner, role, expiringBefore, compliant } = filter;
  const matches = (eb: KeysExpression): Expression<SqlBool> => {
    const conditions = labels.map((label) => hasLabel(eb, label));
    if (statuses.length < KEY_STATUSES.length)
      conditions.push(eb.or(statuses.map((status) => hasStatus(eb, status, now))));
    if (owner !== undefined) conditions.push(eb("keys.owner", "=", owner));
    if (role !== undefined) conditions.push(hasRole(eb, role));
    if (expiringBefore !== undefined)
      conditions.push(eb("keys.expires_at", "<", new Date(expiringBefore).toISOString()));
    if (policy) conditions.push(compliant === true ? eb.not(isBreach(eb, policy)) : isBreach(eb, policy));
    return eb.and(conditions);
  };
  const places = selectPlaces(database, filter);
  if (!places) {
    const keys = database.selectFrom("keys").select("keys.id").where(matches);
    return keys
      .where("keys.id", ">", after)
      .orderBy("keys.id")
      .limit(limit + 1);
  }
  return database
    .selectFrom(places.as("place"))
    .innerJoin("keys", "keys.id", "place.id")
    .select("keys.id")
    .where((eb) => matches(eb as unknown as KeysExpression))
    .where("place.id", ">", after)
    .orderBy("place.id")
    .limit(limit + 1);
}

/** The index that holds the fewest keys, in their order; undefined: that of all keys, or of an owner's. */
function selectPlaces(database: Kysely<Tables>, { labels = [], owner, role }: KeyFilter) {
  const [label] = labels;
  if (label) {
    return database
      .selectFrom("key_labels")
      .select("key_labels.key_id as id")
      .where("key_labels.name", "=", label[0])
      .where("key_labels.value", "=", label[1]);
  }
  if (owner !== undefined || role === undefined) return undefined;
  return database.selectFrom("key_roles").select("key_roles.key_id as id").where("key_roles.role", "=", role);
}

type KeysExpression = ExpressionBuilder<Tables, "keys">;

/** `statusOf`, in SQL. */
export function hasStatus(eb: KeysExpression, status: KeyStatus, now: string): Expression<SqlBool> {
  const ends = ["keys.pending_until", "keys.retire_at"] as const;
  const isRevoked = [eb("keys.revoked_at", "is not", null), ...ends.map((end) => eb(end, "<=", now))];
  if (status === "revoked") return eb.or(isRevoked);
  const isLive = [
    eb("keys.revoked_at", "is", null),
    ...ends.map((end) => eb.or([eb(end, "is", null), eb(end, ">", now)])),
  ];
  if (status === "expired") return eb.and([...isLive, eb("keys.expires_at", "<=", now)]);
  const isUnexpired = eb.or([eb("keys.expires_at", "is", null), eb("keys.expires_at", ">", now)]);
  const isPending = eb("keys.pending_until", status === "pending" ? "is not" : "is", null);
  return eb.and([...isLive, isUnexpired, isPending]);
}

const hasLabel = (eb: KeysExpression, [name, value]: Label): Expression<SqlBool> =>
  eb.exists(
    eb
      .selectFrom("key_labels")
      .select("key_labels.key_id")
      .whereRef("key_labels.key_id", "=", "keys.id")
      .where("key_labels.name", "=", name)
      .where("key_labels.value", "=", value),
  );

const hasRole = (eb: KeysExpression, role: string): Expression<SqlBool> =>
  eb.exists(
    eb
      .selectFrom("key_roles")
      .select("key_roles.key_id")
      .whereRef("key_roles.key_id", "=", "keys.id")
      .where("key_roles.role", "=", role),
  );
