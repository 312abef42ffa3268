/** Users, roles, rules and secrets of the workspace. */

export interface UsersTable {
  /** `user_`, 12 hex digits of the creation time, 12 random ones. */
  id: string;
  /** Lower-case; unique. */
  email: string;
  name: string;
  /** JSON list of role references. */
  roles: string;
  status: "active" | "disabled";
  created_at: string;
  updated_at: string;
  version: number;
}

/** A personal token has no roles of its own: it mirrors its user's. */
export interface PersonalTokensTable {
  /** `pat_`, 12 hex digits of the creation time, 12 random ones. */
  id: string;
  user_id: string;
  name: string;
  description: string;
  last4: string;
  /** As in `keys`. */
  digest: string;
  pepper_version: number;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  version: number;
}

export interface RolesTable {
  tag: string;
  display_name: string;
  description: string;
  /** JSON list, sorted. */
  permissions: string;
  instance: string | null;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface SecurityPolicyTable {
  singleton: 1;
  require_expiration: 0 | 1;
  max_lifetime_days: number | null;
  /** JSON list; null: all roles. */
  allowed_roles: string | null;
  updated_at: string;
  version: number;
}

export interface SecretsTable {
  /** `secret_`, 12 hex digits of the creation time, 12 random ones. */
  id: string;
  tag: string;
  name: string;
  /** Sealed under the key-encryption key with the id as associated data. */
  sealed_value: string;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface IpAllowlistTable {
  /** An address or a CIDR range, in its canonical spelling. */
  address: string;
  description: string;
  created_at: string;
}
