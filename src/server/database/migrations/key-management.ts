/** Users, personal tokens, secrets, the IP allowlist, notices, the audit log, signed requests and rotation. */

import { type Kysely, sql } from "kysely";
import { lifetimeMs } from "../../domain/key.ts";
import { cidOf } from "../../domain/key-names.ts";
import { plainText } from "../engine.ts";

const NO_HASH = "0".repeat(64);

export async function addKeyManagement(database: Kysely<unknown>): Promise<void> {
  await extendTables(database);
  const count = await numberKeys(database);
  await createLogs(database, count);
  await createIdentities(database);
  await createWorkspace(database);
}

async function extendTables(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  const added = {
    store: [["kek_check", text] as const],
    roles: [["created_by", text] as const],
    keys: (["cid", "sealed_key", "created_by", "replaces", "retire_at", "scope"] as const).map(
      (name) => [name, text] as const,
    ),
  };
  for (const [table, columns] of Object.entries(added)) {
    for (const [name, type] of columns) await schema.alterTable(table).addColumn(name, type).execute();
  }
  const numbers = [
    ["store", "kek_version"],
    ["keys", "number"],
    ["keys", "overlap_seconds"],
  ] as const;
  for (const [table, name] of numbers) await schema.alterTable(table).addColumn(name, "integer").execute();
  await schema.alterTable("keys").addColumn("lifetime_ms", "bigint").execute();
  for (const table of ["roles", "security_policy"]) {
    await schema
      .alterTable(table)
      .addColumn("version", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
  }
}

interface FirstKey {
  readonly id: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

/** Gives the keys that are there their numbers, cids and lifetimes; how many they are. */
async function numberKeys(database: Kysely<unknown>): Promise<number> {
  const { rows } = await sql<FirstKey>`select id, created_at, expires_at from keys order by id`.execute(
    database,
  );
  for (const [index, key] of rows.entries()) {
    const lifetime = lifetimeMs(key.created_at, key.expires_at);
    await sql`update keys set number = ${index + 1}, cid = ${cidOf(key.id)}, lifetime_ms = ${lifetime} where id = ${key.id}`.execute(
      database,
    );
  }
  const { schema } = database;
  for (const name of ["number", "cid"]) {
    await schema.createIndex(`keys_${name}`).on("keys").column(name).unique().execute();
  }
  for (const name of ["retire_at", "replaces"]) {
    await schema.createIndex(`keys_${name}`).on("keys").column(name).execute();
  }
  // With the id: many keys can expire at one instant, and the search for notices pages through them.
  await schema.createIndex("keys_expires_at").on("keys").columns(["expires_at", "id"]).execute();
  // All that decides whether a key belongs on a page: 100,000 keys are looked through in some milliseconds.
  await schema
    .createIndex("keys_listing")
    .on("keys")
    .columns(["id", "revoked_at", "pending_until", "retire_at", "expires_at", "lifetime_ms"])
    .execute();
  await schema.createIndex("keys_owner").on("keys").columns(["owner", "id"]).execute();
  await schema.createIndex("key_roles_key_id").on("key_roles").columns(["key_id", "role"]).execute();
  return rows.length;
}

async function createLogs(database: Kysely<unknown>, lastKeyNumber: number): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("change_head")
    .addColumn("singleton", "integer", (column) => column.primaryKey())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("hash", text, (column) => column.notNull())
    .addColumn("last_key_number", "integer", (column) => column.notNull())
    .execute();
  await sql`insert into change_head (singleton, seq, hash, last_key_number) values (1, 0, ${NO_HASH}, ${lastKeyNumber})`.execute(
    database,
  );
  await schema
    .createTable("audit_log")
    .addColumn("seq", "bigint", (column) => column.primaryKey())
    .addColumn("at", text, (column) => column.notNull())
    .addColumn("actor_type", text, (column) => column.notNull())
    .addColumn("actor_id", text)
    .addColumn("ip_address", text)
    .addColumn("action", text, (column) => column.notNull())
    .addColumn("object_type", text, (column) => column.notNull())
    .addColumn("object_id", text, (column) => column.notNull())
    .addColumn("details", text, (column) => column.notNull())
    .addColumn("hash", text, (column) => column.notNull())
    .execute();
  await schema.createIndex("audit_log_at").on("audit_log").column("at").execute();
  await createNotices(database);
}

async function createNotices(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("notices")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("object_type", text, (column) => column.notNull())
    .addColumn("object_id", text, (column) => column.notNull())
    .addColumn("expires_at", text, (column) => column.notNull())
    .addColumn("days_before", "integer", (column) => column.notNull())
    .addColumn("channel", text, (column) => column.notNull())
    .addColumn("status", text, (column) => column.notNull())
    .addColumn("due_at", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("not_before", text, (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("sent_at", text)
    .addColumn("recipients", text)
    .addColumn("last_error", text)
    .addUniqueConstraint("notices_once", ["object_id", "expires_at", "days_before", "channel"])
    .execute();
  await schema
    .createIndex("notices_to_send")
    .on("notices")
    .columns(["status", "channel", "not_before"])
    .execute();
}

async function createIdentities(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("users")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("email", text, (column) => column.notNull().unique())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("roles", text, (column) => column.notNull())
    .addColumn("status", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("updated_at", text, (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
  await schema
    .createTable("personal_tokens")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("user_id", text, (column) => column.notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("last4", text, (column) => column.notNull())
    .addColumn("digest", text, (column) => column.notNull().unique())
    .addColumn("pepper_version", "integer", (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("expires_at", text)
    .addColumn("revoked_at", text)
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("personal_tokens_user_id").on("personal_tokens").column("user_id").execute();
  await schema
    .createIndex("personal_tokens_expires_at")
    .on("personal_tokens")
    .columns(["expires_at", "id"])
    .execute();
}

async function createWorkspace(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  const text = plainText(database);
  await schema
    .createTable("key_usage")
    .addColumn("key_id", text, (column) => column.primaryKey())
    .addColumn("last_used_at", text, (column) => column.notNull())
    .execute();
  await schema
    .createTable("nonces")
    .addColumn("key_id", text, (column) => column.notNull())
    .addColumn("nonce", text, (column) => column.notNull())
    .addColumn("expires_at", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("nonces_pk", ["key_id", "nonce"])
    .execute();
  await schema.createIndex("nonces_expires_at").on("nonces").column("expires_at").execute();
  await schema
    .createTable("secrets")
    .addColumn("id", text, (column) => column.primaryKey())
    .addColumn("tag", text, (column) => column.notNull().unique())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("sealed_value", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .addColumn("updated_at", text, (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
  await schema
    .createTable("ip_allowlist")
    .addColumn("address", text, (column) => column.primaryKey())
    .addColumn("description", text, (column) => column.notNull())
    .addColumn("created_at", text, (column) => column.notNull())
    .execute();
}
