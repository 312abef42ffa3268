import type { Operations } from "./operation.ts";

export const NATIVE_OPERATIONS: Operations = {
  "GET /healthz": { id: "checkHealth", tag: "Store", summary: "Whether the process is alive." },
  "GET /readyz": {
    id: "checkReadiness",
    tag: "Store",
    summary:
      "Whether requests should come here: 503 while the database or the key material is not as it should be, and at the end.",
  },
  "GET /metrics": {
    id: "readMetrics",
    tag: "Store",
    summary: "Figures in Prometheus' text format.",
    success: { status: 200, contentType: "text/plain" },
  },
  "GET /openapi.json": {
    id: "readDescription",
    tag: "Store",
    summary: "This description.",
    success: { status: 200, contentType: "application/json" },
  },
  "GET /v1/store": {
    id: "readStore",
    tag: "Store",
    summary: "What this store is, and who the caller is to it.",
  },
  "POST /v1/verify": {
    id: "verifyKey",
    tag: "Keys",
    summary: "Whether a text is a valid key, and what it allows.",
  },
  "GET /v1/keys": { id: "listKeys", tag: "Keys", summary: "Keys, page by page." },
  "POST /v1/keys": {
    id: "createKey",
    tag: "Keys",
    summary: "Makes a key.",
    description:
      "It is pending until its first use or its activation; after 15 minutes without either it is revoked.",
  },
  "GET /v1/keys/{id}": { id: "readKey", tag: "Keys", summary: "One key." },
  "PATCH /v1/keys/{id}": { id: "updateKey", tag: "Keys", summary: "Edits a key; what is left out stays." },
  "DELETE /v1/keys/{id}": {
    id: "revokeKey",
    tag: "Keys",
    summary: "Revokes a key, for the very next request.",
    success: { status: 204 },
  },
  "POST /v1/keys/{id}/activate": { id: "activateKey", tag: "Keys", summary: "Activates a pending key." },
  "POST /v1/keys/{id}/rotate": {
    id: "rotateKey",
    tag: "Keys",
    summary: "Makes a key that replaces this one; both work for the overlap.",
  },
  "GET /v1/keys/{id}/examples": {
    id: "readKeyExamples",
    tag: "Keys",
    summary: "Runnable samples of a call with this key.",
  },
  "GET /v1/roles": { id: "listRoles", tag: "Roles", summary: "All roles, the default ones first." },
  "GET /v1/roles/{tag}": { id: "readRole", tag: "Roles", summary: "One role." },
  "GET /v1/permissions": {
    id: "listPermissions",
    tag: "Roles",
    summary: "What a role can hold.",
  },
  "PUT /v1/roles/{tag}": {
    id: "putRole",
    tag: "Roles",
    summary: "Makes a custom role, or replaces it as a whole.",
  },
  "DELETE /v1/roles/{tag}": {
    id: "deleteRole",
    tag: "Roles",
    summary: "Deletes a custom role that no live key has.",
    success: { status: 204 },
  },
  "GET /v1/policy": { id: "readPolicy", tag: "Security policy", summary: "The rules for new keys." },
  "PUT /v1/policy": { id: "putPolicy", tag: "Security policy", summary: "Replaces the rules for new keys." },
  "GET /v1/audit-log": {
    id: "listAuditEntries",
    tag: "Audit log",
    summary: "Entries, newest first, page by page.",
    description: "Lists are separated by commas; all filters hold together.",
  },
  "GET /v1/audit-log/verification": {
    id: "verifyAuditLog",
    tag: "Audit log",
    summary: "Whether the chain of entries is whole.",
    description:
      "With `seq` and `hash` of a head that was noted earlier, also whether the chain still goes through it.",
  },
  "GET /v1/notices": {
    id: "listNotices",
    tag: "Notices",
    summary: "Notices of expiry, newest first, page by page.",
  },
  "GET /v1/secrets": {
    id: "listSecrets",
    tag: "Secrets",
    summary: "Secrets without their values, page by page.",
  },
  "POST /v1/secrets": { id: "createSecret", tag: "Secrets", summary: "Keeps a value under a tag." },
  "GET /v1/secrets/{tagOrId}": {
    id: "readSecret",
    tag: "Secrets",
    summary: "One secret, without its value.",
  },
  "PATCH /v1/secrets/{tagOrId}": {
    id: "updateSecret",
    tag: "Secrets",
    summary: "Changes a secret's name or value.",
  },
  "DELETE /v1/secrets/{tagOrId}": {
    id: "deleteSecret",
    tag: "Secrets",
    summary: "Deletes a secret.",
    success: { status: 204 },
  },
  "GET /v1/ip-allowlist": {
    id: "readAllowlist",
    tag: "IP allowlist",
    summary: "From where the store may be called; empty: from everywhere.",
  },
  "PUT /v1/ip-allowlist": { id: "putAllowlist", tag: "IP allowlist", summary: "Replaces the list." },
  "POST /v1/ip-allowlist/validate": {
    id: "validateAllowlist",
    tag: "IP allowlist",
    summary: "What a list would do, without setting it.",
  },
  "GET /v1/users": { id: "listUsers", tag: "Users", summary: "Users, page by page." },
  "POST /v1/users": { id: "createUser", tag: "Users", summary: "Makes a user." },
  "GET /v1/users/{id}": { id: "readUser", tag: "Users", summary: "One user." },
  "PATCH /v1/users/{id}": {
    id: "updateUser",
    tag: "Users",
    summary: "Edits a user; roles and status hold for their tokens at the next request.",
  },
  "DELETE /v1/users/{id}": {
    id: "deleteUser",
    tag: "Users",
    summary: "Deletes a user with their tokens.",
    success: { status: 204 },
  },
  "GET /v1/users/{id}/tokens": { id: "listUserTokens", tag: "Users", summary: "A user's personal tokens." },
  "POST /v1/users/{id}/tokens": {
    id: "createUserToken",
    tag: "Users",
    summary: "Makes a personal token for a user.",
  },
  "DELETE /v1/users/{id}/tokens/{token}": {
    id: "revokeUserToken",
    tag: "Users",
    summary: "Revokes a user's personal token.",
    success: { status: 204 },
  },
  "GET /v1/tokens": { id: "listTokens", tag: "Users", summary: "The caller's own personal tokens." },
  "POST /v1/tokens": {
    id: "createToken",
    tag: "Users",
    summary: "Makes a personal token for the caller's user.",
  },
  "GET /v1/tokens/{id}": {
    id: "readToken",
    tag: "Users",
    summary: "One of the caller's own personal tokens.",
  },
  "PATCH /v1/tokens/{id}": {
    id: "updateToken",
    tag: "Users",
    summary: "Edits one of the caller's own personal tokens.",
  },
  "DELETE /v1/tokens/{id}": {
    id: "revokeToken",
    tag: "Users",
    summary: "Revokes one of the caller's own personal tokens.",
    success: { status: 204 },
  },
};
