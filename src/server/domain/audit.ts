/**
 * The audit log: what was done, to what, by whom. Each entry's hash covers the entry before it, so that nobody can
 * change or take out one without the rest showing it; and each is written in the transaction of its change.
 */

import type { Transaction } from "kysely";
import { canonicalJson, sha256Hex } from "../../core/digest.ts";
import type { AuditLogTable } from "../database/log-tables.ts";
import type { Tables } from "../database/tables.ts";

/** Actor types as in the Cortex audit log; `SYSTEM` is the store itself. */
export const ACTOR_TYPES = ["API_KEY", "PERSONAL_API_KEY", "ANONYMOUS", "SYSTEM"] as const;

export const AUDIT_ACTIONS = [
  "CREATE",
  "READ",
  "UPDATE",
  "DELETE",
  "ACTIVATE",
  "ROTATE",
  "REVOKE",
  "EXPIRE",
  "NOTIFY",
  "AUTHENTICATION_FAILED",
  "VERIFICATION_FAILED",
] as const;

export const OBJECT_TYPES = [
  "API_KEY",
  "PERSONAL_API_KEY",
  "ROLE",
  "USER",
  "SECRET",
  "SECURITY_POLICY",
  "IP_ALLOWLIST",
  "AUDIT_LOG",
  "STORE",
] as const;

export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Who does something. */
export interface Actor {
  readonly type: (typeof ACTOR_TYPES)[number];
  readonly id: string | null;
  /** Null inside the process. */
  readonly ipAddress: string | null;
}

export const SYSTEM: Actor = { type: "SYSTEM", id: null, ipAddress: null };

export interface AuditEntry {
  readonly action: (typeof AUDIT_ACTIONS)[number];
  readonly objectType: ObjectType;
  readonly objectId: string;
  /** JSON-able; never a secret, and never text that a stranger chose at will. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends AuditEntry {
  readonly actor: Actor;
}

/** What the first entry's hash covers instead of an entry before it. */
export const NO_HASH = "0".repeat(64);

/** Far below what either engine takes in one statement. */
const ROWS_AT_ONCE = 500;

/** Appends the entries to the chain. The transaction must hold the writers' line (`write`). */
export async function appendAudit(
  transaction: Transaction<Tables>,
  records: readonly AuditRecord[],
  now: Date,
): Promise<void> {
  if (records.length === 0) return;
  let { seq, hash } = await transaction.selectFrom("change_head").selectAll().executeTakeFirstOrThrow();
  const rows: AuditLogTable[] = [];
  for (const record of records) {
    seq += 1;
    const content = buildContent(record, seq, now);
    hash = auditHash(hash, content);
    rows.push({ ...content, hash });
  }
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    await transaction
      .insertInto("audit_log")
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .execute();
  }
  await transaction.updateTable("change_head").set({ seq, hash }).execute();
}

type AuditContent = Omit<AuditLogTable, "hash">;

const buildContent = (record: AuditRecord, seq: number, now: Date): AuditContent => ({
  seq,
  at: now.toISOString(),
  actor_type: record.actor.type,
  actor_id: record.actor.id,
  ip_address: record.actor.ipAddress,
  action: record.action,
  object_type: record.objectType,
  object_id: record.objectId,
  details: canonicalJson(record.details ?? {}),
});

/** SHA-256 in hex of the hash before and the canonical JSON of the row without its hash. */
export const auditHash = (before: string, content: AuditContent): string =>
  sha256Hex(`${before}\n${canonicalJson(content)}`);
