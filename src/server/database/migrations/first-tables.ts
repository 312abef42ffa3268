/** Keys, custom roles and the security policy. */

import type { Kysely } from "kysely";
import { plainText } from "../engine.ts";

export async function createFirstTables(database: Kysely<unknown>): Promise<void> {
  await createStore(database);
  await createKeys(database);
  await createRoles(database);
}

async function createStore(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("store")
    .addColumn("singleton", "integer", (column) => column.primaryKey())
    .addColumn("id", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("pepper_version", "integer", (column) => column.notNull())
    .addColumn("pepper_check", text, (column) => column.notNull())
    .addColumn("admin_registered_at", text)
    .execute();
  await schema
    .createTable("security_policy")
    .addColumn("singleton", "integer", (column) => column.primaryKey())
    .addColumn("require_expiration", "integer", (column) => column.notNull())
    .addColumn("max_lifetime_days", "integer")
    .addColumn("allowed_roles", text)
    .addColumn("updated_at", text, (column) => column.notNull())
    .execute();
}

async function createKeys(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("keys")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("owner", text)
    .addColumn("labels", text, (column) => column.notNull())
    .addColumn("roles", text, (column) => column.notNull())
    .addColumn("security_level", text, (column) => column.notNull())
    .addColumn("last4", text, (column) => column.notNull())
    .addColumn("digest", text, (column) => column.notNull().unique())
    .addColumn("pepper_version", "integer", (column) => column.notNull())
    .addColumn("idempotency_key", text, (column) => column.unique())
    .addColumn("request_digest", text)
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("expires_at", text)
    .addColumn("pending_until", text)
    .addColumn("activated_at", text)
    .addColumn("revoked_at", text)
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("keys_pending_until").on("keys").column("pending_until").execute();
  await schema
    .createTable("key_labels")
    .addColumn("key_id", text, (column) => column.notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("value", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("key_labels_pk", ["name", "value", "key_id"])
    .execute();
  await schema.createIndex("key_labels_key_id").on("key_labels").column("key_id").execute();
}

async function createRoles(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("key_roles")
    .addColumn("key_id", text, (column) => column.notNull())
    .addColumn("role", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("key_roles_pk", ["role", "key_id"])
    .execute();
  await schema
    .createTable("roles")
    .addColumn("tag", text, (column) => column.primaryKey())
    .addColumn("display_name", text, (column) => column.notNull())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("permissions", text, (column) => column.notNull())
    .addColumn("instance", text)
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("updated_at", text, (column) => column.notNull())
    .execute();
}
