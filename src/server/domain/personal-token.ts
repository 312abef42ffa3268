/** Personal tokens: a user's own way in. Each has its user's rights, as they are at every request (seed 004). */

import type { Selectable } from "kysely";
import type { PersonalTokensTable } from "../database/workspace-tables.ts";
import { statusOf } from "./key.ts";

export const TOKEN_STATUSES = ["active", "expired", "revoked", "disabled"] as const;

export type TokenRow = Selectable<PersonalTokensTable>;

export interface PersonalToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly description: string;
  readonly last4: string;
  /** `disabled`: it would be active, but its user is disabled. */
  readonly status: (typeof TOKEN_STATUSES)[number];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly version: number;
}

export function buildToken(row: TokenRow, isUserActive: boolean, now: Date): PersonalToken {
  const life = statusOf({ ...row, pending_until: null, retire_at: null }, now);
  const status = life === "pending" ? "active" : life;
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    last4: row.last4,
    status: status === "active" && !isUserActive ? "disabled" : status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    version: row.version,
  };
}
