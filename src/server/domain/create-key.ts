/** Makes API keys. A client may make the secret itself and register its digest: the plaintext never comes here. */

import type { Kysely } from "kysely";
import { digestOf } from "../../core/digest.ts";
import { createKey as createSecret, keyDigest, last4Of } from "../../core/key-format.ts";
import { type RoleRef, renderRole } from "../../core/role-ref.ts";
import type { Secret } from "../../core/secret.ts";
import type { Tables } from "../database/tables.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import { insertKey } from "./insert-key.ts";
import { type Key, type KeyRow, buildKey, parseRoles } from "./key.ts";
import { buildKeyRow } from "./key-row.ts";
import { isDefaultRole, permissionsOf } from "./permissions.ts";
import { checkPolicy, readPolicy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { readRights, readRolePermissions, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";
import { sweepLapsedKeys } from "./sweep.ts";

/** A secret that the client made and keeps. */
export interface ClientSecret {
  /** SHA-256 of the key, 64 hex digits. */
  readonly digest: string;
  readonly last4: string;
}

export interface NewKey extends Partial<ClientSecret> {
  readonly name: string;
  readonly description?: string;
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  /** Default: standard. An advanced key's secret is always made here. */
  readonly securityLevel?: "standard" | "advanced";
  /** ISO 8601 with an offset. */
  readonly expiresAt?: string;
}

export interface CreationTerms {
  /** Binds the request: the same content again gives the same key, other content is refused. */
  readonly idempotencyKey?: string;
  /** PENDING keys are to be used or activated within 15 minutes; default: pending. */
  readonly state?: "pending" | "active";
  /** The key that this one replaces, and for how long both work. */
  readonly rotation?: { readonly replaces: string; readonly overlapSeconds: number };
}

export interface CreatedKey {
  readonly key: Key;
  readonly row: KeyRow;
  /** The same request had made it before. */
  readonly replayed: boolean;
  /** Only when it was made here, and only this once. */
  readonly secret?: Secret;
}

const ABOVE = "The roles hold";

/** A replayed request is refused like a new one when its caller could not make this key now, or when the key is dead. */
export function createKey(
  context: StoreContext,
  caller: Caller,
  request: NewKey,
  terms: CreationTerms = {},
): Promise<CreatedKey | Refusal> {
  return change(context, caller, (made) => createKeyIn(context, made, caller, request, terms));
}

/** As `createKey`, inside a change. */
export async function createKeyIn(
  context: StoreContext,
  made: Change,
  caller: Caller,
  request: NewKey,
  terms: CreationTerms = {},
): Promise<CreatedKey | Refusal> {
  const { transaction, now } = made;
  await sweepLapsedKeys(made);
  const requestDigest = digestOf({ ...request, rotation: terms.rotation });
  const earlier = await findReplay(transaction, caller, terms.idempotencyKey, requestDigest, now);
  if (earlier) return earlier;
  const secret = request.digest === undefined ? createSecret(context.keyFormat, context.random) : undefined;
  const material = secret ? { digest: keyDigest(secret), last4: last4Of(secret) } : request;
  const row = await buildKeyRow(
    context,
    made,
    caller,
    { ...request, ...material },
    {
      terms,
      requestDigest,
      secret,
    },
  );
  const refusal = await refuseNewKey(transaction, caller, request, row, now);
  if (refusal) return refusal;
  await insertKey(transaction, row, request);
  const action = terms.rotation ? "ROTATE" : "CREATE";
  const { name, roles, expires_at: expiresAt, replaces } = row;
  const details = { name, roles, expiresAt, ...(replaces === null ? {} : { replaces }) };
  made.record({ action, objectType: "API_KEY", objectId: row.id, details });
  return { key: buildKey(row, now), row, replayed: false, ...(secret && { secret }) };
}

async function findReplay(
  transaction: Kysely<Tables>,
  caller: Caller,
  idempotencyKey: string | undefined,
  requestDigest: string,
  now: Date,
): Promise<CreatedKey | Refusal | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const row = await transaction
    .selectFrom("keys")
    .selectAll()
    .where("idempotency_key", "=", idempotencyKey)
    .executeTakeFirst();
  if (!row) return undefined;
  const rights = await readRights(transaction, parseRoles(row));
  return refuseAbove(caller, rights, ABOVE) ?? replay(row, requestDigest, now);
}

function replay(row: KeyRow, requestDigest: string, now: Date): CreatedKey | Refusal {
  if (row.request_digest !== requestDigest) {
    return {
      refused: "idempotency-mismatch",
      detail: "This Idempotency-Key came with another request before.",
    };
  }
  const key = buildKey(row, now);
  if (key.status === "pending" || key.status === "active") return { key, row, replayed: true };
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

/** Unless all of the roles exist and the caller has all that they allow. */
export async function refuseRoles(
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
