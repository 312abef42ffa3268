/** Registers a key by its digest; the plaintext never comes here. */

import type { Kysely } from "kysely";
import { digestOf } from "../../core/digest.ts";
import { type RoleRef, renderRole, renderRoles } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { write } from "../database/write.ts";
import { pepperedDigest } from "../key-material/pepper.ts";
import type { Caller } from "./caller.ts";
import { type Key, type KeyRow, PENDING_TTL_MS, buildKey, parseRoles } from "./key.ts";
import { isDefaultRole, permissionsOf } from "./permissions.ts";
import { checkPolicy, readPolicy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { readRights, readRolePermissions, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";
import { sweepLapsedKeys } from "./sweep.ts";

export interface NewKey {
  readonly name: string;
  readonly description?: string;
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  /** ISO 8601 with an offset. */
  readonly expiresAt?: string;
  /** SHA-256 of the key, 64 hex digits. */
  readonly digest: string;
  readonly last4: string;
}

export interface CreatedKey {
  readonly key: Key;
  /** The same request had made it before. */
  readonly replayed: boolean;
}

const ABOVE = "The roles hold";

/**
 * Creates a PENDING key. `idempotencyKey` binds the request: the same content again gives the same key, other
 * content or a dead key is refused, and so is a caller that could not make this key now.
 */
export function createKey(
  context: StoreContext,
  caller: Caller,
  request: NewKey,
  idempotencyKey: string,
): Promise<CreatedKey | Refusal> {
  const requestDigest = digestOf(request);
  return write(context.database, async (transaction) => {
    const now = context.clock.now();
    await sweepLapsedKeys(transaction, now);
    const earlier = await transaction
      .selectFrom("keys")
      .selectAll()
      .where("idempotency_key", "=", idempotencyKey)
      .executeTakeFirst();
    if (earlier) {
      const rights = await readRights(transaction, parseRoles(earlier));
      return refuseAbove(caller, rights, ABOVE) ?? replay(earlier, requestDigest, now);
    }
    const row = buildRow(context, request, now, { idempotencyKey, requestDigest });
    const refusal = await refuseNewKey(transaction, caller, request, row, now);
    if (refusal) return refusal;
    await insertKey(transaction, row, request);
    return { key: buildKey(row, now), replayed: false };
  });
}

function replay(row: KeyRow, requestDigest: string, now: Date): CreatedKey | Refusal {
  if (row.request_digest !== requestDigest) {
    return {
      refused: "idempotency-mismatch",
      detail: "This Idempotency-Key came with another request before.",
    };
  }
  const key = buildKey(row, now);
  if (key.status === "pending" || key.status === "active") return { key, replayed: true };
  return { refused: "key-not-live", detail: `The key ${key.id} that this request made is ${key.status}.` };
}

async function refuseNewKey(
  database: Kysely<Tables>,
  caller: Caller,
  request: NewKey,
  row: KeyRow,
  now: Date,
): Promise<Refusal | undefined> {
  const refusal = (await refuseRoles(database, caller, request.roles)) ?? refuseExpiry(row.expires_at, now);
  if (refusal) return refusal;
  const policy = await readPolicy(database);
  const broken = checkPolicy(policy, { roles: request.roles, expiresAt: row.expires_at }, now);
  if (broken) return broken;
  const taken = await database
    .selectFrom("keys")
    .select("id")
    .where("digest", "=", row.digest)
    .executeTakeFirst();
  return taken && { refused: "digest-taken", detail: "Another key has this digest; make a new secret." };
}

async function refuseRoles(
  database: Kysely<Tables>,
  caller: Caller,
  roles: readonly RoleRef[],
): Promise<Refusal | undefined> {
  const tags = roles.flatMap((ref) => (ref.type === "custom" ? [ref.tag] : []));
  const custom = await readRolePermissions(database, tags);
  const unknown = roles.filter((ref) =>
    ref.type === "custom" ? !custom.has(ref.tag) : !isDefaultRole(ref.role),
  );
  if (unknown.length > 0) {
    return { refused: "unknown-role", detail: `No such role: ${unknown.map(renderRole).join(", ")}.` };
  }
  return refuseAbove(caller, permissionsOf(roles, custom), ABOVE);
}

function refuseExpiry(expiresAt: string | null, now: Date): Refusal | undefined {
  if (expiresAt === null || Date.parse(expiresAt) > now.getTime()) return undefined;
  return { refused: "expiry-in-past", detail: `expiresAt must be later than now, ${now.toISOString()}.` };
}

function buildRow(
  context: StoreContext,
  request: NewKey,
  now: Date,
  bound: { readonly idempotencyKey: string; readonly requestDigest: string },
): KeyRow {
  return {
    id: createKeyId(context, now),
    name: request.name,
    description: request.description ?? "",
    owner: request.owner ?? null,
    labels: JSON.stringify(request.labels ?? {}),
    roles: JSON.stringify(request.roles),
    security_level: "standard",
    last4: request.last4,
    digest: pepperedDigest(context.pepper, request.digest),
    pepper_version: context.pepper.current,
    idempotency_key: bound.idempotencyKey,
    request_digest: bound.requestDigest,
    created_at: now.toISOString(),
    expires_at: request.expiresAt === undefined ? null : new Date(request.expiresAt).toISOString(),
    pending_until: new Date(now.getTime() + PENDING_TTL_MS).toISOString(),
    activated_at: null,
    revoked_at: null,
    version: 1,
  };
}

/** `key_`, 12 hex digits of the time, 12 random ones. */
export function createKeyId(context: Pick<StoreContext, "random">, now: Date): string {
  const time = now.getTime().toString(16).padStart(12, "0");
  return `key_${time}${Buffer.from(context.random.bytes(6)).toString("hex")}`;
}

/** Writes the row with its indexes. */
export async function insertKey(
  database: Kysely<Tables>,
  row: KeyRow,
  { labels = {}, roles }: Pick<NewKey, "labels" | "roles">,
): Promise<void> {
  await database.insertInto("keys").values(row).execute();
  await database
    .insertInto("key_roles")
    .values(renderRoles(roles).map((role) => ({ key_id: row.id, role })))
    .execute();
  await insertLabels(database, row.id, labels);
}

export async function insertLabels(
  database: Kysely<Tables>,
  id: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(labels).map(([name, value]) => ({ key_id: id, name, value }));
  if (rows.length > 0) await database.insertInto("key_labels").values(rows).execute();
}
