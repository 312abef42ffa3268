/**
 * The store's permissions as this vendor's roles are put together: components, each with a view and an action key.
 * "Public API" and "Access management" are the vendor's own.
 */

import type { Permission } from "../../domain/permissions.ts";

interface Component {
  readonly name: string;
  readonly key: string;
  readonly view?: Permission;
  readonly action?: Permission;
}

interface Category {
  readonly name: string;
  readonly components: readonly Component[];
}

export const CATEGORIES: readonly Category[] = [
  {
    name: "API keys",
    components: [
      { name: "Public API", key: "public_api", view: "View API keys", action: "Edit API keys" },
      { name: "Key verification", key: "key_verification", action: "Verify API keys" },
      { name: "Secrets", key: "secrets", action: "Create secrets" },
    ],
  },
  {
    name: "Access",
    components: [
      { name: "Access management", key: "access_management", view: "View roles", action: "Edit roles" },
      { name: "Users", key: "users", view: "View users", action: "Edit users" },
      {
        name: "Security policy",
        key: "security_policy",
        view: "View security policy",
        action: "Edit security policy",
      },
      { name: "IP allowlist", key: "ip_allowlist", action: "Configure IP allowlist" },
    ],
  },
  {
    name: "Logs",
    components: [
      { name: "Auditing", key: "auditing", view: "View audit logs" },
      { name: "Notifications", key: "notifications", view: "View notification logs" },
    ],
  },
];

/** What each component key allows: an action ("View/Edit" in the vendor's console) includes its view. */
const GRANTS: ReadonlyMap<string, readonly Permission[]> = new Map(
  CATEGORIES.flatMap(({ components }) => components).flatMap(grantsOf),
);

function grantsOf({ key, view, action }: Component): readonly [string, readonly Permission[]][] {
  const seen = view ? [view] : [];
  const grants: [string, readonly Permission[]][] = view ? [[`${key}_view`, seen]] : [];
  return action ? [...grants, [`${key}_action`, [...seen, action]]] : grants;
}

export const COMPONENT_KEYS: readonly string[] = [...GRANTS.keys()];

export const permissionsOfComponents = (keys: readonly string[]): readonly Permission[] => [
  ...new Set(keys.flatMap((key) => GRANTS.get(key) ?? [])),
];

/** As `GET /platform/iam/v1/role/permission-config` lists them. */
export const PERMISSION_CONFIG = CATEGORIES.map(({ name, components }) => ({
  category_name: name,
  sub_categories: [
    {
      sub_category_name: name,
      permissions: components.map(({ name: component, key, view, action }) => ({
        name: component,
        view_name: view ? `${key}_view` : "",
        action_name: action ? `${key}_action` : "",
        sub_permissions: [],
      })),
    },
  ],
}));
