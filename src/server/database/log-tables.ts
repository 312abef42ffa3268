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

/** One row for each expiry, threshold and channel. */
export interface NoticesTable {
  /** `notice_`, 12 hex digits of the time, 12 random ones: the same at every attempt. */
  id: string;
  object_type: "API_KEY" | "PERSONAL_API_KEY";
  object_id: string;
  /** The expiry that it tells of: another expiry gives other notices. */
  expires_at: string;
  days_before: number;
  channel: "log" | "webhook" | "email";
  /** `superseded`: a more urgent one took its place; `dropped`: it has come to nothing. */
  status: "pending" | "sent" | "superseded" | "dropped";
  due_at: string;
  created_at: string;
  /** Nobody takes it up before: the end of a claim, or of the pause after a failure. */
  not_before: string;
  /** Counts the claims, so that an older claim can be told from a newer one. */
  attempts: number;
  sent_at: string | null;
  /** JSON list of e-mail addresses; null for the other channels and before it is sent. */
  recipients: string | null;
  /** Of the last attempt; never a secret. */
  last_error: string | null;
}
