import type { Tables } from "./tables.ts";

/** Every table with the columns that tell its rows apart, in the order of an index. */
export const TABLE_KEYS = {
  store: ["singleton"],
  change_head: ["singleton"],
  audit_log: ["seq"],
  notices: ["id"],
  keys: ["id"],
  key_labels: ["name", "value", "key_id"],
  key_roles: ["role", "key_id"],
  key_usage: ["key_id"],
  nonces: ["key_id", "nonce"],
  roles: ["tag"],
  security_policy: ["singleton"],
  users: ["id"],
  personal_tokens: ["id"],
  secrets: ["id"],
  ip_allowlist: ["address"],
} as const satisfies { readonly [T in keyof Tables]: readonly (keyof Tables[T])[] };

export type TableName = keyof typeof TABLE_KEYS;

export const isTableName = (name: string): name is TableName => Object.hasOwn(TABLE_KEYS, name);
