/** What happened: the audit log, its head, and the notices that were sent. */

/** One row, which every change locks first: changes form one sequence. */
export interface ChangeHeadTable {
  singleton: 1;
  /** `seq` of the newest audit entry; 0: none. */
  seq: number;
  /** Its hash; 64 zeros: none. */
  hash: string;
  last_key_number: number;
}

export interface AuditLogTable {
  seq: number;
  at: string;
  actor_type: string;
  /** Null for an anonymous actor. */
  actor_id: string | null;
  ip_address: string | null;
  action: string;
  object_type: string;
  object_id: string;
  /** JSON map of what changed; never a secret. */
  details: string;
  /** SHA-256 over the hash of the entry before and this entry's content, in hex. */
  hash: string;
}

/** One row for each notice to one channel. */
export interface NoticesTable {
  id: string;
  object_type: string;
  object_id: string;
  /** The expiry that it tells of: another expiry gives other notices. */
  expires_at: string;
  days_before: number;
  /** `log`, `webhook` or `email`. */
  channel: string;
  due_at: string;
  /** Who works on it, until when; null: nobody. */
  claimed_until: string | null;
  attempts: number;
  sent_at: string | null;
  last_error: string | null;
}
