import type { Operations } from "./operation.ts";

export const CORTEX_OPERATIONS: Operations = {
  "GET /api/v1/auth/key": { id: "cortexListKeys", tag: "Cortex", summary: "Keys, by numbered page." },
  "POST /api/v1/auth/key": {
    id: "cortexCreateKey",
    tag: "Cortex",
    summary: "Makes a key and tells its value, this once.",
  },
  "GET /api/v1/auth/key/{cid}": { id: "cortexReadKey", tag: "Cortex", summary: "One key." },
  "PUT /api/v1/auth/key/{cid}": {
    id: "cortexUpdateKey",
    tag: "Cortex",
    summary: "Changes a key's name and description.",
  },
  "DELETE /api/v1/auth/key/{cid}": { id: "cortexDeleteKey", tag: "Cortex", summary: "Revokes a key." },
  "GET /api/v1/secrets": {
    id: "cortexListSecrets",
    tag: "Cortex",
    summary: "Secrets without their values, by numbered page.",
  },
  "POST /api/v1/secrets": { id: "cortexCreateSecret", tag: "Cortex", summary: "Keeps a value under a tag." },
  "GET /api/v1/secrets/{tagOrId}": {
    id: "cortexReadSecret",
    tag: "Cortex",
    summary: "One secret, without its value.",
  },
  "PUT /api/v1/secrets/{tagOrId}": {
    id: "cortexUpdateSecret",
    tag: "Cortex",
    summary: "Changes a secret's name or value.",
  },
  "DELETE /api/v1/secrets/{tagOrId}": {
    id: "cortexDeleteSecret",
    tag: "Cortex",
    summary: "Deletes a secret.",
  },
  "GET /api/v1/ip-allowlist": {
    id: "cortexReadAllowlist",
    tag: "Cortex",
    summary: "From where the store may be called.",
  },
  "PUT /api/v1/ip-allowlist": { id: "cortexReplaceAllowlist", tag: "Cortex", summary: "Replaces the list." },
  "POST /api/v1/ip-allowlist/validate": {
    id: "cortexValidateAllowlist",
    tag: "Cortex",
    summary: "What a list would do, without setting it.",
  },
  "GET /api/v1/audit-logs": {
    id: "cortexListAuditLogs",
    tag: "Cortex",
    summary: "The audit log, by numbered page.",
  },
  "GET /api/v1/notifications/logs": {
    id: "cortexListNotifications",
    tag: "Cortex",
    summary: "Notices of expiry, by numbered page.",
  },
  "GET /api/v1/users/roles": { id: "cortexListUserRoles", tag: "Cortex", summary: "Users and their roles." },
};
