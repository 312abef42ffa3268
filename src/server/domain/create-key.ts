/** Makes API keys. A client may make the secret itself and register its digest: the plaintext never comes here. */

import type { Kysely } from "kysely";
import { digestOf } from "../../core/digest.ts";
import { createKey as createSecret, keyDigest, last4Of } from "../../core/key-format.ts";
import { type RoleRef, renderRole } from "../../core/role-ref.ts";
import type { Secret } from "../../core/secret.ts";
import type { Tables } from "../database/tables.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import { findReplay } from "./find-replay.ts";
import { insertKey } from "./insert-key.ts";
import { type Key, type KeyRow, buildKey } from "./key.ts";
import { buildKeyRow } from "./key-row.ts";
import { isDefaultRole, permissionsOf } from "./permissions.ts";
import { checkPolicy, readPolicy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { readRolePermissions, refuseAbove } from "./rights.ts";
import type { StoreContext } from "./store-context.ts";
import { sweepLapsedKeys } from "./sweep.ts";
import { refuseTakenDigest } from "./taken-digest.ts";

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
  /** JSON of a Cortex Cloud scope, which narrows what the key may see. */
  readonly scope?: string | null;
}

export interface CreatedKey {
  readonly key: Key;
  readonly row: KeyRow;
  /** The same request had made it before. */
  readonly replayed: boolean;
  /** Only when it was made here, and only this once. */
  readonly secret?: Secret;
}

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
  await sweepLapsedKeys(made);
  const requestDigest = digestOf({ ...request, rotation: terms.rotation });
  const earlier = await findReplay(made, caller, terms.idempotencyKey, requestDigest);
  return earlier ?? mintKey(context, made, caller, request, { ...terms, requestDigest });
}

/** Makes the key whether or not there was such a request before. */
export async function mintKey(
  context: StoreContext,
  made: Change,
  caller: Caller,
  request: NewKey,
  terms: CreationTerms & { readonly requestDigest: string },
): Promise<CreatedKey | Refusal> {
  const { transaction, now } = made;
  const secret = request.digest === undefined ? createSecret(context.keyFormat, context.random) : undefined;
  const material = secret ? { digest: keyDigest(secret), last4: last4Of(secret) } : request;
  const refusal =
    (await refuseNewKey(transaction, caller, request, now)) ??
    (await refuseTakenDigest(context, transaction, material.digest ?? ""));
  if (refusal) return refusal;
  const origin = { terms, requestDigest: terms.requestDigest, secret };
  const row = await buildKeyRow(context, made, caller, { ...request, ...material }, origin);
  await insertKey(transaction, row, request);
  const action = terms.rotation ? "ROTATE" : "CREATE";
  const { name, roles, expires_at: expiresAt, replaces } = row;
  const details = { name, roles, expiresAt, ...(replaces === null ? {} : { replaces }) };
  made.record({ action, objectType: "API_KEY", objectId: row.id, details });
  return { key: buildKey(row, now), row, replayed: false, ...(secret && { secret }) };
}

async function refuseNewKey(
  database: Kysely<Tables>,
  caller: Caller,
  request: NewKey,
  now: Date,
): Promise<Refusal | undefined> {
  const { roles } = request;
  const expiresAt = request.expiresAt ?? null;
  const refusal = (await refuseRoles(database, caller, roles)) ?? refuseExpiry(expiresAt, now);
  return refusal ?? checkPolicy(await readPolicy(database), { roles, expiresAt }, now);
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
  return refuseAbove(caller, permissionsOf(roles, custom), "The roles hold");
}

function refuseExpiry(expiresAt: string | null, now: Date): Refusal | undefined {
  if (expiresAt === null || Date.parse(expiresAt) > now.getTime()) return undefined;
  return { refused: "expiry-in-past", detail: `expiresAt must be later than now, ${now.toISOString()}.` };
}
