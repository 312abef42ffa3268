import type { Operations } from "./operation.ts";

export const CORTEX_CLOUD_OPERATIONS: Operations = {
  "POST /public_api/v1/api_keys/get_api_keys": {
    id: "cloudListKeys",
    tag: "Cortex Cloud",
    summary: "Keys, filtered and sorted.",
  },
  "POST /public_api/v1/api_keys/generate": {
    id: "cloudGenerateKey",
    tag: "Cortex Cloud",
    summary: "Makes a key and tells its value, this once.",
  },
  "POST /public_api/v1/api_keys/delete": {
    id: "cloudDeleteKeys",
    tag: "Cortex Cloud",
    summary: "Revokes keys by number.",
  },
  "POST /public_api/v1/asset-groups": {
    id: "cloudListAssetGroups",
    tag: "Cortex Cloud",
    summary: "Asset groups that scopes name.",
  },
  "POST /public_api/v1/audits/management_logs": {
    id: "cloudListManagementLogs",
    tag: "Cortex Cloud",
    summary: "The audit log.",
  },
  "GET /platform/iam/v1/api-key/{id}": {
    id: "cloudReadKey",
    tag: "Cortex Cloud",
    summary: "One key by number.",
  },
  "PUT /platform/iam/v1/api-key/{id}": {
    id: "cloudEditKey",
    tag: "Cortex Cloud",
    summary: "Changes a key's roles and comment.",
  },
  "GET /platform/iam/v1/role": { id: "cloudListRoles", tag: "Cortex Cloud", summary: "All roles." },
  "POST /platform/iam/v1/role": {
    id: "cloudCreateRole",
    tag: "Cortex Cloud",
    summary: "Makes a custom role.",
  },
  "DELETE /platform/iam/v1/role/{id}": {
    id: "cloudDeleteRole",
    tag: "Cortex Cloud",
    summary: "Deletes a custom role.",
  },
  "GET /platform/iam/v1/role/permission-config": {
    id: "cloudListPermissions",
    tag: "Cortex Cloud",
    summary: "What a role can hold.",
  },
  "GET /platform/iam/v1/scope/api-key/{id}": {
    id: "cloudReadScope",
    tag: "Cortex Cloud",
    summary: "What a key is limited to.",
  },
  "PUT /platform/iam/v1/scope/api-key/{id}": {
    id: "cloudEditScope",
    tag: "Cortex Cloud",
    summary: "Limits what a key reaches.",
  },
};
