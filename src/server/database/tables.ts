/**
 * The tables, as kysely sees them. Plain SQL types that SQLite and PostgreSQL share: instants are ISO 8601 text in
 * UTC with milliseconds (so that they sort as text), lists and maps are JSON text, flags are 0 or 1.
 */

/** One row: what this store is, and the rules for new keys. */
export interface StoreTable {
  singleton: 1;
  id: string;
  created_at: string;
  pepper_version: number;
  pepper_check: string;
  /** When the first administrator's key was registered; null until its token file is safely on disk. */
  admin_registered_at: string | null;
}

export interface KeysTable {
  /** `key_`, 12 hex digits of the creation time, 12 random ones: sorts by creation. */
  id: string;
  name: string;
  description: string;
  owner: string | null;
  /** JSON map; `key_labels` is its index. */
  labels: string;
  /** JSON list of role references; `key_roles` is its index. */
  roles: string;
  security_level: "standard";
  last4: string;
  /** HMAC-SHA-256 of the key's SHA-256 under the pepper of `pepper_version`, in hex. */
  digest: string;
  pepper_version: number;
  idempotency_key: string | null;
  /** Digest of the request that made it: tells a replay from another request. */
  request_digest: string | null;
  created_at: string;
  expires_at: string | null;
  /** Set while the key is PENDING: when it destroys itself. */
  pending_until: string | null;
  activated_at: string | null;
  revoked_at: string | null;
  /** 1 at creation, one more with every change. */
  version: number;
}

export interface KeyLabelsTable {
  key_id: string;
  name: string;
  value: string;
}

export interface KeyRolesTable {
  key_id: string;
  /** As `renderRole` spells it. */
  role: string;
}

export interface RolesTable {
  tag: string;
  display_name: string;
  description: string;
  /** JSON list, sorted. */
  permissions: string;
  instance: string | null;
  created_at: string;
  updated_at: string;
}

export interface SecurityPolicyTable {
  singleton: 1;
  require_expiration: 0 | 1;
  max_lifetime_days: number | null;
  /** JSON list; null: all roles. */
  allowed_roles: string | null;
  updated_at: string;
}

export interface Tables {
  store: StoreTable;
  keys: KeysTable;
  key_labels: KeyLabelsTable;
  key_roles: KeyRolesTable;
  roles: RolesTable;
  security_policy: SecurityPolicyTable;
}
