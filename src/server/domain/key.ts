/** A key as the store's API shows it, and the one rule that tells its status from its dates. */

import type { Selectable } from "kysely";
import type { RoleRef } from "../../core/role-ref.ts";
import type { KeysTable } from "../database/key-tables.ts";

export const KEY_STATUSES = ["pending", "active", "expired", "revoked"] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/** A PENDING key that nobody used or activated destroys itself after this time. */
export const PENDING_TTL_MS = 15 * 60_000;

export type KeyRow = Selectable<KeysTable>;
/** The dates that tell a key's status. */
export type Life = Pick<KeyRow, "revoked_at" | "pending_until" | "expires_at" | "retire_at">;

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  readonly securityLevel: "standard" | "advanced";
  readonly last4: string;
  readonly status: KeyStatus;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly activatedAt: string | null;
  readonly revokedAt: string | null;
  /** Id of the key that this one replaces. */
  readonly replaces: string | null;
  /** When it revokes itself, because another key has replaced it. */
  readonly retireAt: string | null;
  readonly version: number;
}

/**
 * Revoked wins over expired, expired over pending. A key is valid until the millisecond before `expires_at`, or
 * before `retire_at`, from which on it is revoked.
 */
export function statusOf(row: Life, now: Date): KeyStatus {
  const instant = now.toISOString();
  if (row.revoked_at !== null) return "revoked";
  if (row.pending_until !== null && row.pending_until <= instant) return "revoked";
  if (row.retire_at !== null && row.retire_at <= instant) return "revoked";
  if (row.expires_at !== null && row.expires_at <= instant) return "expired";
  return row.pending_until === null ? "active" : "pending";
}

/** Until which time, in milliseconds, a key with these dates is active without another look at them; 0: it is not. */
export function activeUntil({ revoked_at, pending_until, expires_at, retire_at }: Life): number {
  if (revoked_at !== null || pending_until !== null) return 0;
  return Math.min(...[expires_at, retire_at].map((end) => (end === null ? Infinity : Date.parse(end))));
}

export function buildKey(row: KeyRow, now: Date): Key {
  const status = statusOf(row, now);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    owner: row.owner,
    labels: JSON.parse(row.labels) as Record<string, string>,
    roles: parseRoles(row),
    securityLevel: row.security_level,
    last4: row.last4,
    status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    activatedAt: row.activated_at,
    revokedAt: row.revoked_at ?? (status === "revoked" ? (row.pending_until ?? row.retire_at) : null),
    replaces: row.replaces,
    retireAt: row.retire_at,
    version: row.version,
  };
}

export const parseRoles = (row: Pick<KeyRow, "roles">): readonly RoleRef[] =>
  JSON.parse(row.roles) as RoleRef[];

/** How long a key lives that is made and expires at these instants; null: for ever. */
export const lifetimeMs = (createdAt: string, expiresAt: string | null): number | null =>
  expiresAt === null ? null : Date.parse(expiresAt) - Date.parse(createdAt);

/** The columns of an expiry, from any ISO 8601 instant. */
export const buildExpiry = (createdAt: string, expiresAt: string | null) => ({
  expires_at: expiresAt && new Date(expiresAt).toISOString(),
  lifetime_ms: lifetimeMs(createdAt, expiresAt),
});
