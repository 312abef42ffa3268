/** A key as this API shows it. */

import type { Kysely } from "kysely";
import type { Tables } from "../../database/tables.ts";
import { type KeyRow, parseRoles, statusOf } from "../../domain/key.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { type CloudRole, namesOf } from "./cloud-role.ts";
import { INTEGER, NULLABLE_INTEGER, NULLABLE_TEXT, TEXT } from "./cloud-shapes.ts";
import { readCreators } from "./creators.ts";
import { parseNumber } from "./key-number.ts";

export const KEY_RECORD = closed(
  {
    id: INTEGER,
    creation_time: INTEGER,
    created_by: TEXT,
    user_name: TEXT,
    roles: listOf(TEXT),
    security_level: TEXT,
    comment: NULLABLE_TEXT,
    expiration: NULLABLE_INTEGER,
  },
  ["id", "creation_time", "created_by", "user_name", "roles", "security_level", "comment", "expiration"],
);

export async function buildRecords(
  database: Kysely<Tables>,
  roles: readonly CloudRole[],
  rows: readonly KeyRow[],
): Promise<readonly object[]> {
  const creatorOf = await readCreators(
    database,
    rows.map((row) => row.created_by),
  );
  return rows.map((row) => {
    const creator = creatorOf(row.created_by);
    return {
      id: row.number,
      creation_time: Date.parse(row.created_at),
      created_by: creator.name,
      user_name: creator.identity,
      roles: namesOf(roles, parseRoles(row)),
      security_level: row.security_level,
      comment: row.description === "" ? null : row.description,
      expiration: row.expires_at === null ? null : Date.parse(row.expires_at),
    };
  });
}

/** By the number in a path. A revoked key is gone, as a deleted one is in the vendor's API. */
export async function findKey(context: StoreContext, number: string): Promise<KeyRow | undefined> {
  const parsed = parseNumber(number);
  if (parsed === undefined) return undefined;
  const row = await context.database
    .selectFrom("keys")
    .selectAll()
    .where("number", "=", parsed)
    .executeTakeFirst();
  return row && statusOf(row, context.clock.now()) !== "revoked" ? row : undefined;
}
