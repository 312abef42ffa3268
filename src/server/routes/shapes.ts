/** The JSON Schemas of what the API takes and gives. All closed: an unknown field is refused, and none slips out. */

import { DEFAULT_ROLES } from "../../core/role-ref.ts";
import { CHECK_REASONS } from "../domain/check-key.ts";
import { KEY_STATUSES } from "../domain/key.ts";
import { PERMISSIONS } from "../domain/permissions.ts";

export const closed = <P extends object>(properties: P, required: readonly (keyof P & string)[]) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

export const listOf = (items: object, limits: object = {}) => ({ type: "array", items, ...limits });

const TAG = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" };
const LINE = { type: "string", format: "line" };
const NULLABLE_TEXT = { type: ["string", "null"] };
const ANY_TEXT = { type: "string" };

export const ROLE_REF = {
  type: "object",
  required: ["type"],
  oneOf: [
    closed({ type: { const: "default" }, role: { enum: DEFAULT_ROLES } }, ["type", "role"]),
    closed({ type: { const: "custom" }, tag: TAG }, ["type", "tag"]),
  ],
};

export const NAME = { ...LINE, minLength: 1, maxLength: 200 };
export const DESCRIPTION = { type: "string", format: "text", maxLength: 2000 };
export const OWNER = { ...LINE, minLength: 1, maxLength: 200 };
export const LABELS = {
  type: "object",
  maxProperties: 64,
  propertyNames: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$", format: "line" },
  additionalProperties: { ...LINE, maxLength: 256 },
};
export const INSTANT = { type: "string", format: "instant" };
export const ROLE_TAG = TAG;
/** A role as `renderRole` spells it. */
export const ROLE_TEXT = {
  type: "string",
  pattern: `^(${DEFAULT_ROLES.join("|")}|custom:[A-Za-z0-9][A-Za-z0-9_-]{0,63})$`,
};
export const PERMISSION_LIST = listOf(
  { enum: PERMISSIONS },
  { maxItems: PERMISSIONS.length, uniqueItems: true },
);

export const ROLE_REF_ANSWER = closed({ type: ANY_TEXT, role: ANY_TEXT, tag: ANY_TEXT }, ["type"]);

const KEY_MEMBERS = {
  id: ANY_TEXT,
  name: ANY_TEXT,
  description: ANY_TEXT,
  owner: NULLABLE_TEXT,
  labels: { type: "object", additionalProperties: ANY_TEXT },
  roles: listOf(ROLE_REF_ANSWER),
  securityLevel: ANY_TEXT,
  last4: ANY_TEXT,
  status: { type: "string", enum: KEY_STATUSES },
  createdAt: ANY_TEXT,
  expiresAt: NULLABLE_TEXT,
  activatedAt: NULLABLE_TEXT,
  revokedAt: NULLABLE_TEXT,
  lastUsedAt: NULLABLE_TEXT,
  replaces: NULLABLE_TEXT,
  retireAt: NULLABLE_TEXT,
  policyBreaches: listOf(ANY_TEXT),
  version: { type: "integer" },
};
const KEY_REQUIRED = Object.keys(KEY_MEMBERS) as (keyof typeof KEY_MEMBERS)[];

export const KEY_ANSWER = closed(KEY_MEMBERS, KEY_REQUIRED);
/** `secret`: the key's text, when it was made here. */
export const NEW_KEY_ANSWER = closed({ ...KEY_MEMBERS, secret: ANY_TEXT }, KEY_REQUIRED);

export const ROLE_ANSWER = closed(
  {
    type: ANY_TEXT,
    tag: ANY_TEXT,
    displayName: ANY_TEXT,
    description: ANY_TEXT,
    permissions: listOf(ANY_TEXT),
    instance: NULLABLE_TEXT,
    createdAt: NULLABLE_TEXT,
  },
  ["type", "tag", "displayName", "description", "permissions", "instance", "createdAt"],
);

export const POLICY_ANSWER = closed(
  {
    requireExpiration: { type: "boolean" },
    maxLifetimeDays: { type: ["integer", "null"] },
    allowedRoles: { type: ["array", "null"], items: ANY_TEXT },
    version: { type: "integer" },
  },
  ["requireExpiration", "maxLifetimeDays", "allowedRoles", "version"],
);

export const VALIDITY_ANSWER = closed(
  {
    valid: { type: "boolean" },
    reason: { type: "string", enum: CHECK_REASONS },
    type: { type: "string", enum: ["API_KEY", "PERSONAL_API_KEY"] },
    id: ANY_TEXT,
    name: ANY_TEXT,
    owner: NULLABLE_TEXT,
    roles: listOf(ROLE_REF_ANSWER),
    permissions: listOf(ANY_TEXT),
    expiresAt: NULLABLE_TEXT,
  },
  ["valid"],
);

export const STORE_ANSWER = closed(
  {
    id: ANY_TEXT,
    version: ANY_TEXT,
    keyFormat: closed({ prefix: ANY_TEXT, environment: ANY_TEXT }, ["prefix", "environment"]),
    pendingTtlSeconds: { type: "integer" },
    maxPageSize: { type: "integer" },
    time: ANY_TEXT,
    caller: closed({ id: ANY_TEXT, roles: listOf(ROLE_REF_ANSWER) }, ["id", "roles"]),
  },
  ["id", "version", "keyFormat", "pendingTtlSeconds", "maxPageSize", "time", "caller"],
);

export const SECRET_ANSWER = closed(
  {
    id: ANY_TEXT,
    tag: ANY_TEXT,
    name: ANY_TEXT,
    createdAt: ANY_TEXT,
    updatedAt: ANY_TEXT,
    version: { type: "integer" },
  },
  ["id", "tag", "name", "createdAt", "updatedAt", "version"],
);

export const ALLOWLIST_ANSWER = closed(
  {
    entries: listOf(
      closed({ address: ANY_TEXT, description: ANY_TEXT, createdAt: ANY_TEXT }, [
        "address",
        "description",
        "createdAt",
      ]),
    ),
  },
  ["entries"],
);

export const ALLOWLIST_CHECK_ANSWER = closed(
  {
    valid: { type: "boolean" },
    entries: listOf(closed({ address: ANY_TEXT, description: ANY_TEXT }, ["address", "description"])),
    errors: listOf(closed({ pointer: ANY_TEXT, detail: ANY_TEXT }, ["pointer", "detail"])),
    wouldLockOut: { type: "boolean" },
    callerAddress: NULLABLE_TEXT,
  },
  ["valid", "entries", "errors", "wouldLockOut", "callerAddress"],
);
