/** API keys and what belongs to one. */

export interface KeysTable {
  /** `key_`, 12 hex digits of the creation time, 12 random ones: sorts by creation. */
  id: string;
  /** 1, 2, 3, … in the order of creation: the id in the Cortex Cloud façade. */
  number: number;
  /** `ak` and 16 hex digits: the id in the Cortex façade. */
  cid: string;
  name: string;
  description: string;
  owner: string | null;
  /** JSON map; `key_labels` is its index. */
  labels: string;
  /** JSON list of role references; `key_roles` is its index. */
  roles: string;
  security_level: "standard" | "advanced";
  last4: string;
  /** HMAC-SHA-256 of the key's SHA-256 under the pepper of `pepper_version`, in hex. */
  digest: string;
  pepper_version: number;
  /** An advanced key's text, sealed under the key-encryption key with the id as associated data; else null. */
  sealed_key: string | null;
  /** Id of the credential that made it; null for the first administrator's. */
  created_by: string | null;
  idempotency_key: string | null;
  /** Digest of the request that made it: tells a replay from another request. */
  request_digest: string | null;
  created_at: string;
  expires_at: string | null;
  /** From `created_at` to `expires_at`; null: it never expires. The index of listings. */
  lifetime_ms: number | null;
  /** Set while the key is PENDING: when it destroys itself. */
  pending_until: string | null;
  activated_at: string | null;
  revoked_at: string | null;
  /** Id of the key that this one replaces; that one retires `overlap_seconds` after this one's activation. */
  replaces: string | null;
  overlap_seconds: number | null;
  /** When a replaced key revokes itself. */
  retire_at: string | null;
  /** JSON: the Cortex Cloud scope; null: none was set. */
  scope: string | null;
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

/** Written in batches, outside the audit log. */
export interface KeyUsageTable {
  /** An API key's or a personal token's. */
  key_id: string;
  last_used_at: string;
}

/** Nonces of signed requests: each is good once. */
export interface NoncesTable {
  key_id: string;
  nonce: string;
  /** After this instant the request's timestamp alone refuses it. */
  expires_at: string;
}
