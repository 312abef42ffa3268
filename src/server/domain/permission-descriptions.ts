import { PERMISSIONS, type Permission } from "./permissions.ts";

const DESCRIPTIONS: Readonly<Record<Permission, string>> = {
  "Configure IP allowlist": "See and replace the list of addresses from which the store may be called.",
  "Create secrets": "List secrets, and create, replace and delete them; nobody reads a value back.",
  "Edit API keys": "Create, change, rotate, activate and revoke keys that may do no more than the caller.",
  "Edit roles": "Create, replace and delete custom roles that hold no more than the caller has.",
  "Edit security policy": "Set the rules for keys that are made from then on.",
  "Edit users": "Create, change and delete users that may do no more than the caller, and their tokens.",
  "Verify API keys": "Ask whether a key is valid and what it may do, as a gateway does.",
  "View API keys": "List and read keys; their secrets are never shown.",
  "View audit logs": "Read the audit log.",
  "View notification logs": "Read which expiry notices were sent.",
  "View roles": "List and read roles.",
  "View security policy": "Read the security policy.",
  "View users": "List and read users and their tokens.",
};

/** All that there are, by name. */
export const describePermissions = () =>
  PERMISSIONS.map((name) => ({ name, description: DESCRIPTIONS[name] }));
