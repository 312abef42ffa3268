/** What a credential's text stands for, as it is in the database. */

import type { Kysely } from "kysely";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { type KeyRow, type Life, activeUntil, parseRoles } from "./key.ts";
import { readRights } from "./rights.ts";

/** An API key or a personal token, with the rights that it has as long as nothing changes. */
export interface Credential {
  readonly type: "API_KEY" | "PERSONAL_API_KEY";
  readonly id: string;
  readonly name: string;
  /** A key's owner; a personal token's user, by e-mail address. */
  readonly owner: string | null;
  readonly userId: string | null;
  readonly securityLevel: "standard" | "advanced";
  /** Of the pepper that its digest was made with. */
  readonly pepperVersion: number;
  readonly roles: readonly RoleRef[];
  readonly permissions: ReadonlySet<string>;
  readonly expiresAt: string | null;
  readonly life: Life;
  /** As the function of this name tells from its life. */
  readonly activeUntil: number;
}

/** By any of some peppered digests; undefined when there is none. */
export async function readCredential(
  database: Kysely<Tables>,
  digests: readonly string[],
): Promise<Credential | undefined> {
  return (await readKeyCredential(database, digests)) ?? (await readTokenCredential(database, digests));
}

/** The credential that a caller has shown, as it is now. */
export const readCredentialOf = (
  database: Kysely<Tables>,
  { type, id }: Pick<Credential, "type" | "id">,
): Promise<Credential | undefined> =>
  type === "API_KEY" ? readKeyCredential(database, [id], "id") : readTokenCredential(database, [id], "id");

async function readKeyCredential(
  database: Kysely<Tables>,
  values: readonly string[],
  column: "digest" | "id" = "digest",
): Promise<Credential | undefined> {
  const row = await database
    .selectFrom("keys")
    .selectAll()
    .where(column, "in", [...values])
    .executeTakeFirst();
  return row && buildKeyCredential(database, row);
}

/** What a key's row stands for, with the rights that its roles give now. */
export async function buildKeyCredential(database: Kysely<Tables>, row: KeyRow): Promise<Credential> {
  const roles = parseRoles(row);
  const { revoked_at, pending_until, expires_at, retire_at } = row;
  const life = { revoked_at, pending_until, expires_at, retire_at };
  return {
    type: "API_KEY",
    id: row.id,
    name: row.name,
    owner: row.owner,
    userId: null,
    securityLevel: row.security_level,
    pepperVersion: row.pepper_version,
    roles,
    permissions: await readRights(database, roles),
    expiresAt: row.expires_at,
    life,
    activeUntil: activeUntil(life),
  };
}

/** A personal token has its user's rights; a disabled user's token is as good as revoked. */
async function readTokenCredential(
  database: Kysely<Tables>,
  values: readonly string[],
  column: "digest" | "id" = "digest",
): Promise<Credential | undefined> {
  const row = await database
    .selectFrom("personal_tokens as token")
    .innerJoin("users as user", "user.id", "token.user_id")
    .selectAll("token")
    .select(["user.roles", "user.status", "user.updated_at", "user.email"])
    .where(`token.${column}`, "in", [...values])
    .executeTakeFirst();
  if (!row) return undefined;
  const roles = parseRoles(row);
  const revokedAt = row.revoked_at ?? (row.status === "disabled" ? row.updated_at : null);
  const life = { revoked_at: revokedAt, pending_until: null, expires_at: row.expires_at, retire_at: null };
  return {
    type: "PERSONAL_API_KEY",
    id: row.id,
    name: row.name,
    owner: row.email,
    userId: row.user_id,
    securityLevel: "standard",
    pepperVersion: row.pepper_version,
    roles,
    permissions: await readRights(database, roles),
    expiresAt: row.expires_at,
    life,
    activeUntil: activeUntil(life),
  };
}
