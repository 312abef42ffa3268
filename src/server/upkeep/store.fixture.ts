/** A store with something in every table, and ways to look at all of it. */

import { randomBytes } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { canonicalJson } from "../../core/digest.ts";
import { Secret } from "../../core/secret.ts";
import { TABLE_KEYS, type TableName } from "../database/table-keys.ts";
import type { Tables } from "../database/tables.ts";
import { makePerson } from "../routes/user.fixture.ts";
import type { TestServer } from "../server.fixture.ts";

export interface FilledStore {
  readonly key: Secret;
  readonly token: Secret;
  readonly advanced: { readonly id: string; readonly secret: Secret };
  readonly secretId: string;
}

export const SECRET_VALUE = "the value of the stored secret, äöü\n";

/** Keys of both levels and every status, a user with a token, a role, a policy, a secret, and rows of the rest. */
export async function fill(server: TestServer): Promise<FilledStore> {
  await server.call("PUT /v1/roles/viewer", {
    body: { displayName: "Viewer", permissions: ["View API keys"] },
  });
  const labels = { team: "α\"'", "a/b": "" };
  const { secret: key } = await server.makeKey({ labels, roles: [{ type: "custom", tag: "viewer" }] });
  const { id: revoked } = await server.makeKey();
  await server.call(`DELETE /v1/keys/${revoked}`);
  await server.makeKey({ expiresAt: "2026-11-21T08:00:00.001Z" });
  await server.makeKey({}, "pending");
  const { token } = await makePerson(server);
  const advanced = await makeAdvanced(server);
  await server.call("PUT /v1/policy", { body: { requireExpiration: false, allowedRoles: null } });
  const created = await server.call("POST /v1/secrets", {
    body: { tag: "t", name: "n", value: SECRET_VALUE },
  });
  if (created.status !== 201) throw new Error(created.text);
  await fillTheRest(server.context.database);
  return { key, token, advanced, secretId: String(created.body["id"]) };
}

export async function makeAdvanced(server: TestServer): Promise<FilledStore["advanced"]> {
  const body = { name: "Signer", roles: [{ type: "default", role: "USER" }], securityLevel: "advanced" };
  const headers = { "idempotency-key": randomBytes(8).toString("hex") };
  const created = await server.call("POST /v1/keys", { body, headers });
  if (created.status !== 201) throw new Error(created.text);
  await server.call(`POST /v1/keys/${String(created.body["id"])}/activate`);
  return { id: String(created.body["id"]), secret: Secret.of(String(created.body["secret"])) };
}

async function fillTheRest(database: Kysely<Tables>): Promise<void> {
  const at = "2026-11-21T08:00:00.000Z";
  await database
    .insertInto("ip_allowlist")
    .values({ address: "127.0.0.1", description: "", created_at: at })
    .execute();
  const nonces = Array.from({ length: 1203 }, (_, index) => ({
    key_id: `key_${index % 7}`,
    nonce: `n${index}`,
    expires_at: at,
  }));
  for (let from = 0; from < nonces.length; from += 400) {
    await database
      .insertInto("nonces")
      .values(nonces.slice(from, from + 400))
      .execute();
  }
  await database.insertInto("key_usage").values({ key_id: "key_1", last_used_at: at }).execute();
}

/** Every row of every table, in an order of its own. */
export async function readAll(
  database: Kysely<Tables>,
): Promise<Readonly<Record<TableName, readonly string[]>>> {
  const all = await Promise.all(
    (Object.keys(TABLE_KEYS) as TableName[]).map(async (table) => {
      const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(database);
      return [table, rows.map((row) => canonicalJson(row)).sort()] as const;
    }),
  );
  return Object.fromEntries(all) as unknown as Record<TableName, readonly string[]>;
}

/** A directory with a store's key files and nothing else. */
export async function copyKeyFiles(from: string, to: string): Promise<string> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of ["pepper.json", "kek.json"]) await copyFile(join(from, name), join(to, name));
  return to;
}
