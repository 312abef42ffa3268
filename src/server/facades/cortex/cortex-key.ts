/** A key as the Cortex API shows it. What is absent is left out, never null. */

import type { RoleRef } from "../../../core/role-ref.ts";
import { type KeyRow, parseRoles } from "../../domain/key.ts";

export type CortexRole =
  | { readonly type: "DEFAULT"; readonly role: string }
  | { readonly type: "CUSTOM"; readonly tag: string };

interface CortexKey {
  readonly cid: string;
  readonly createdDate: string;
  readonly last4: string;
  readonly roles: readonly CortexRole[];
  readonly name?: string;
  readonly description?: string;
  readonly expirationDate?: string;
}

export const buildCortexKey = (row: KeyRow): CortexKey => ({
  cid: row.cid,
  createdDate: row.created_at,
  last4: row.last4,
  roles: parseRoles(row).map(buildCortexRole),
  ...namedPart(row),
});

/** What the answer to a create shares with a key. */
export const namedPart = (
  row: Pick<KeyRow, "name" | "description" | "expires_at">,
): Pick<CortexKey, "name" | "description" | "expirationDate"> => ({
  name: row.name,
  ...(row.description !== "" && { description: row.description }),
  ...(row.expires_at !== null && { expirationDate: row.expires_at }),
});

export const buildCortexRole = (ref: RoleRef): CortexRole =>
  ref.type === "default" ? { type: "DEFAULT", role: ref.role } : { type: "CUSTOM", tag: ref.tag };

export const parseCortexRole = (role: CortexRole): RoleRef =>
  role.type === "DEFAULT" ? { type: "default", role: role.role } : { type: "custom", tag: role.tag };
