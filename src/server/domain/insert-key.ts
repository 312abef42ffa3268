/** Writes a key with its indexes. */

import type { Kysely } from "kysely";
import { type RoleRef, renderRoles } from "../../core/role-ref.ts";
import type { Tables } from "../database/tables.ts";
import type { KeyRow } from "./key.ts";

interface Indexed {
  readonly roles: readonly RoleRef[];
  readonly labels?: Readonly<Record<string, string>>;
}

export async function insertKey(
  database: Kysely<Tables>,
  row: KeyRow,
  { labels = {}, roles }: Indexed,
): Promise<void> {
  await database.insertInto("keys").values(row).execute();
  await insertKeyRoles(database, row.id, roles);
  await insertLabels(database, row.id, labels);
}

export async function insertKeyRoles(
  database: Kysely<Tables>,
  id: string,
  roles: readonly RoleRef[],
): Promise<void> {
  const rows = renderRoles(roles).map((role) => ({ key_id: id, role }));
  if (rows.length > 0) await database.insertInto("key_roles").values(rows).execute();
}

export async function insertLabels(
  database: Kysely<Tables>,
  id: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(labels).map(([name, value]) => ({ key_id: id, name, value }));
  if (rows.length > 0) await database.insertInto("key_labels").values(rows).execute();
}
