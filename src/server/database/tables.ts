/**
 * The tables, as kysely sees them. Plain SQL types that SQLite and PostgreSQL share: instants are ISO 8601 text in
 * UTC with milliseconds (so that they sort as text), lists and maps are JSON text, flags are 0 or 1.
 */

import type { KeyLabelsTable, KeyRolesTable, KeyUsageTable, KeysTable, NoncesTable } from "./key-tables.ts";
import type { AuditLogTable, ChangeHeadTable, NoticesTable } from "./log-tables.ts";
import type {
  IpAllowlistTable,
  PersonalTokensTable,
  RolesTable,
  SecretsTable,
  SecurityPolicyTable,
  UsersTable,
} from "./workspace-tables.ts";

/** One row: what this store is, and which key material belongs to it. */
export interface StoreTable {
  singleton: 1;
  id: string;
  created_at: string;
  pepper_version: number;
  pepper_check: string;
  /** Null until the store has a key-encryption key. */
  kek_version: number | null;
  kek_check: string | null;
  /** When the first administrator's key was registered; null until its token file is safely on disk. */
  admin_registered_at: string | null;
}

export interface Tables {
  store: StoreTable;
  change_head: ChangeHeadTable;
  audit_log: AuditLogTable;
  notices: NoticesTable;
  keys: KeysTable;
  key_labels: KeyLabelsTable;
  key_roles: KeyRolesTable;
  key_usage: KeyUsageTable;
  nonces: NoncesTable;
  roles: RolesTable;
  security_policy: SecurityPolicyTable;
  users: UsersTable;
  personal_tokens: PersonalTokensTable;
  secrets: SecretsTable;
  ip_allowlist: IpAllowlistTable;
}
