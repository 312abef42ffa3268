/** What the native API answers, as far as the adapter relies on it: types and schemas side by side. */

import type { RoleRef } from "../core/role-ref.ts";
import type { SchemaOf } from "../http/answer.ts";

const TEXT = { type: "string" };
const TEXT_OR_NULL = { type: ["string", "null"] };
const INSTANT = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" };
const INSTANT_OR_NULL = { anyOf: [INSTANT, { type: "null" }] };
const TEXTS = { type: "array", items: TEXT };

const record = (properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});

const eitherOf = (...schemas: readonly object[]): object => ({ oneOf: schemas });

const ROLE_REFS = {
  type: "array",
  items: eitherOf(
    record({ type: { const: "default" }, role: TEXT }),
    record({ type: { const: "custom" }, tag: TEXT }),
  ),
};

export interface StoreAnswer {
  readonly id: string;
  readonly keyFormat: { readonly prefix: string; readonly environment: string };
  readonly maxPageSize: number;
  readonly caller: { readonly id: string };
}

export const STORE_ANSWER: SchemaOf<StoreAnswer> = record({
  id: { type: "string", pattern: "^ks_[0-9a-f]{16}$" },
  keyFormat: record({
    prefix: { type: "string", pattern: "^[a-z][a-z0-9]*$" },
    environment: { type: "string", pattern: "^[a-z][a-z0-9]*$" },
  }),
  maxPageSize: { type: "integer", minimum: 1 },
  caller: record({ id: TEXT }),
});

export interface CallerAnswer {
  readonly maxPageSize: number;
  readonly caller: { readonly id: string; readonly roles: readonly RoleRef[] };
}

/** The same answer, for whoever asks what they may do. */
export const CALLER_ANSWER: SchemaOf<CallerAnswer> = record({
  maxPageSize: { type: "integer", minimum: 1 },
  caller: record({ id: TEXT, roles: ROLE_REFS }),
});

export interface KeyAnswer {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly RoleRef[];
  readonly securityLevel: "standard" | "advanced";
  readonly last4: string;
  readonly status: "pending" | "active" | "expired";
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export const KEY_ANSWER: SchemaOf<KeyAnswer> = record({
  id: { type: "string", minLength: 1 },
  name: TEXT,
  description: TEXT,
  owner: TEXT_OR_NULL,
  labels: { type: "object", additionalProperties: TEXT },
  roles: ROLE_REFS,
  securityLevel: { enum: ["standard", "advanced"] },
  last4: TEXT,
  status: { enum: ["pending", "active", "expired"] },
  createdAt: INSTANT,
  expiresAt: INSTANT_OR_NULL,
});

export interface KeyPageAnswer {
  readonly keys: readonly KeyAnswer[];
  readonly nextCursor: string | null;
}

export const KEY_PAGE_ANSWER: SchemaOf<KeyPageAnswer> = record({
  keys: { type: "array", items: KEY_ANSWER },
  nextCursor: TEXT_OR_NULL,
});

export interface RoleAnswer {
  readonly type: "default" | "custom";
  readonly tag: string;
  readonly displayName: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly instance: string | null;
  /** Null for a default role. */
  readonly createdAt: string | null;
}

export const ROLE_ANSWER: SchemaOf<RoleAnswer> = record({
  type: { enum: ["default", "custom"] },
  tag: TEXT,
  displayName: TEXT,
  description: TEXT,
  permissions: TEXTS,
  instance: TEXT_OR_NULL,
  createdAt: INSTANT_OR_NULL,
});

export interface RoleListAnswer {
  readonly roles: readonly RoleAnswer[];
}

export const ROLE_LIST_ANSWER: SchemaOf<RoleListAnswer> = record({
  roles: { type: "array", items: ROLE_ANSWER },
});

export interface PolicyAnswer {
  readonly requireExpiration: boolean;
  readonly maxLifetimeDays: number | null;
  readonly allowedRoles: readonly string[] | null;
}

export const POLICY_ANSWER: SchemaOf<PolicyAnswer> = record({
  requireExpiration: { type: "boolean" },
  maxLifetimeDays: { type: ["integer", "null"] },
  allowedRoles: { anyOf: [TEXTS, { type: "null" }] },
});

export type ValidityAnswer =
  | { readonly valid: true; readonly id: string }
  | { readonly valid: false; readonly reason: string };

export const VALIDITY_ANSWER: SchemaOf<ValidityAnswer> = eitherOf(
  record({ valid: { const: true }, id: TEXT }),
  record({ valid: { const: false }, reason: TEXT }),
);
