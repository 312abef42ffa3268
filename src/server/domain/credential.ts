/** What a credential's text stands for, as it is in the database. */

import type { Kysely } from "kysely";
import type { RoleRef } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import { type KeyRow, parseRoles } from "./key.ts";
import { readRights } from "./rights.ts";

/** An API key or a personal token, with the rights that it has as long as nothing changes. */
export interface Credential {
  readonly type: "API_KEY" | "PERSONAL_API_KEY";
  readonly id: string;
  readonly name: string;
  readonly userId: string | null;
  readonly securityLevel: "standard" | "advanced";
  readonly roles: readonly RoleRef[];
  readonly permissions: ReadonlySet<string>;
  readonly expiresAt: string | null;
  /** What `statusOf` looks at. */
  readonly life: Pick<KeyRow, "revoked_at" | "pending_until" | "expires_at" | "retire_at">;
}

/** By any of some peppered digests; undefined when there is none. */
export async function readCredential(
  database: Kysely<Tables>,
  digests: readonly string[],
): Promise<Credential | undefined> {
  return (await readKeyCredential(database, digests)) ?? (await readTokenCredential(database, digests));
}

async function readKeyCredential(
  database: Kysely<Tables>,
  digests: readonly string[],
): Promise<Credential | undefined> {
  const row = await database
    .selectFrom("keys")
    .selectAll()
    .where("digest", "in", [...digests])
    .executeTakeFirst();
  if (!row) return undefined;
  const roles = parseRoles(row);
  return {
    type: "API_KEY",
    id: row.id,
    name: row.name,
    userId: null,
    securityLevel: row.security_level,
    roles,
    permissions: await readRights(database, roles),
    expiresAt: row.expires_at,
    life: {
      revoked_at: row.revoked_at,
      pending_until: row.pending_until,
      expires_at: row.expires_at,
      retire_at: row.retire_at,
    },
  };
}

/** A personal token has its user's rights; a disabled user's token is as good as revoked. */
async function readTokenCredential(
  database: Kysely<Tables>,
  digests: readonly string[],
): Promise<Credential | undefined> {
  const row = await database
    .selectFrom("personal_tokens as token")
    .innerJoin("users as user", "user.id", "token.user_id")
    .selectAll("token")
    .select(["user.roles", "user.status", "user.updated_at"])
    .where("token.digest", "in", [...digests])
    .executeTakeFirst();
  if (!row) return undefined;
  const roles = parseRoles(row);
  const revokedAt = row.revoked_at ?? (row.status === "disabled" ? row.updated_at : null);
  return {
    type: "PERSONAL_API_KEY",
    id: row.id,
    name: row.name,
    userId: row.user_id,
    securityLevel: "standard",
    roles,
    permissions: await readRights(database, roles),
    expiresAt: row.expires_at,
    life: { revoked_at: revokedAt, pending_until: null, expires_at: row.expires_at, retire_at: null },
  };
}
