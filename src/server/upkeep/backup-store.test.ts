import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyDigest } from "../../core/key-format.ts";
import { TABLE_KEYS } from "../database/table-keys.ts";
import { ENGINE, createTestDatabase } from "../database/test-database.fixture.ts";
import { migrate } from "../database/migrate.ts";
import { verifyKey } from "../domain/verify-key.ts";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { openStoreDirectory } from "../store-directory.ts";
import { backupStore } from "./backup-store.ts";
import { restoreStore } from "./restore-store.ts";
import { type StorePlace, openDatabase } from "./store-place.ts";
import { SECRET_VALUE, copyKeyFiles, fill, readAll } from "./store.fixture.ts";

let server: TestServer;
let root: string;
let file: string;
beforeEach(async () => {
  server = await openTestServer();
  root = await mkdtemp(join(tmpdir(), "keywright-backup-"));
  file = join(root, "store.backup");
});
const dropped: (() => Promise<void>)[] = [];
let places = 0;
afterEach(async () => {
  await server.close();
  await Promise.all(dropped.splice(0).map((drop) => drop()));
  await rm(root, { recursive: true, force: true });
});

/** An empty place with the store's key files. */
async function emptyPlace(engine = ENGINE): Promise<StorePlace> {
  const { clock, random } = server.place;
  places += 1;
  const directory = await copyKeyFiles(server.directory, join(root, `restored-${places}`));
  const database = engine === "postgres" ? await createTestDatabase() : undefined;
  if (database) dropped.push(() => database.drop());
  return { directory, clock, random, ...database?.options };
}

const namesIn = (place: StorePlace) => readdir(place.directory);

test("a restored store is the one that was backed up, on the same engine and on the other", async () => {
  const { key, token } = await fill(server);
  const summary = await backupStore(server.place, file);
  expect(summary).toMatchObject({
    storeId: server.context.storeId,
    rows: { keys: 6, nonces: 1203, users: 1 },
  });
  const {
    change_head: _head,
    audit_log: log,
    key_usage: usage,
    ...rest
  } = await readAll(server.context.database);
  // SQLite is always there to be restored into, and from there the way leads back.
  let source = server.place;
  for (const engine of [ENGINE, "sqlite", ENGINE] as const) {
    const place = await emptyPlace(engine);
    const next = `${file}-${places}`;
    await backupStore(source, next);
    const restored = await restoreStore(place, next);
    expect(restored.audit).toMatchObject({ whole: true });
    const opened = await openStoreDirectory(place);
    const there = await readAll(opened.context.database);
    expect(there).toMatchObject(rest);
    expect(there.audit_log).toEqual(expect.arrayContaining([...log]));
    expect(there.key_usage).toEqual(expect.arrayContaining([...usage]));
    for (const secret of [key, token, server.admin]) {
      expect((await verifyKey(opened.context, secret.reveal())).valid).toBe(true);
    }
    const { sealed_value: sealed, id } = await opened.context.database
      .selectFrom("secrets")
      .select(["id", "sealed_value"])
      .executeTakeFirstOrThrow();
    expect((await opened.context.keyMaterial.unseal(id, sealed)).reveal()).toBe(SECRET_VALUE);
    await opened.close();
    source = place;
  }
});

test("every table is in a backup", async () => {
  const { database } = server.context;
  const tables =
    ENGINE === "sqlite"
      ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
      : sql<{ name: string }>`select table_name as name from information_schema.tables
          where table_schema = current_schema()`;
  const { rows } = await tables.execute(database);
  const names = rows.map(({ name }) => name).filter((name) => name !== "schema_versions");
  expect(names.sort()).toEqual(Object.keys(TABLE_KEYS).sort());
});

test("A12: a backup is private, and holds no key in plaintext, no pepper and no key-encryption key", async () => {
  const { key, token, advanced } = await fill(server);
  await backupStore(server.place, file);
  expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
  const text = await readFile(file, "utf8");
  for (const secret of [key, token, advanced.secret, server.admin]) {
    expect(text).not.toContain(secret.reveal().slice(-46, -10));
    expect(text).not.toContain(keyDigest(secret));
  }
  expect(text).not.toContain("the value of the stored");
  for (const name of ["pepper.json", "kek.json"]) {
    const value = /"1":"([^"]+)"/.exec(await readFile(join(server.directory, name), "utf8"))?.[1] ?? "?";
    expect(text).not.toContain(value);
    expect(text).not.toContain(Buffer.from(value, "base64").toString("hex"));
  }
});

test("what is there already is not overwritten, and nothing is left of what failed", async () => {
  await writeFile(file, "mine");
  await expect(backupStore(server.place, file)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("is not overwritten"),
  });
  expect(await readFile(file, "utf8")).toBe("mine");
  const elsewhere = join(root, "missing", "b");
  await expect(backupStore(server.place, elsewhere)).rejects.toMatchObject({ code: "USAGE" });
  const stopped = AbortSignal.abort();
  await expect(backupStore(server.place, `${file}2`, stopped)).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(await readdir(root)).toEqual(["store.backup"]);
});

test("where there is no store, none is made", async () => {
  const directory = join(root, "nothing");
  const { clock, random } = server.place;
  const place = { directory, clock, random };
  await expect(backupStore(place, file)).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: expect.stringContaining("There is no key store in"),
  });
  expect(await readdir(root)).toEqual([]);
});

test("a backup that is made while keys are made and revoked is of one instant", async () => {
  // So much that others get their turn while it is written.
  for (let index = 0; index < 80; index += 1) await server.makeKey({ description: "x".repeat(2000) });
  const done = new AbortController();
  const work = (async () => {
    while (!done.signal.aborted) {
      const { id } = await server.makeKey({ labels: { a: "1" } });
      await server.call(`DELETE /v1/keys/${id}`);
    }
  })();
  for (let index = 0; index < 3; index += 1) {
    await server.makeKey();
    const path = `${file}-${index}`;
    await backupStore(server.place, path);
    const place = await emptyPlace();
    const { audit, rows } = await restoreStore(place, path);
    expect(audit.whole).toBe(true);
    expect(rows["key_roles"]).toBe(rows["keys"]);
    const opened = await openDatabase(place);
    const unlabelled = await sql<object>`select id from keys where labels <> '{}'
      and id not in (select key_id from key_labels)`.execute(opened.tables);
    await opened.tables.destroy();
    expect(unlabelled.rows).toEqual([]);
  }
  done.abort();
  await work;
});

const DAMAGES: readonly (readonly [string, (text: string) => string])[] = [
  ["nothing at all", () => ""],
  ["another file", () => '{"keys": []}\n'],
  ["no trailer", (text) => text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1)],
  ["half a trailer", (text) => text.slice(0, -20)],
  ["no last line break", (text) => text.slice(0, -1)],
  ["a changed character", (text) => text.replace('"Scanner"', '"Scannes"')],
  ["a row less", (text) => text.replace(/\n\["key_[^\n]+/, "")],
  ["a row twice", (text) => text.replace(/\n(\["key_[^\n]+)/, "\n$1\n$1")],
  ["a half row", (text) => text.replace(/\n(\["key_[^\n]{40})[^\n]+/, "\n$1")],
  ["a table that is none", (text) => text.replace('{"table":"keys"', '{"table":"sqlite_master"')],
  ["another format", (text) => text.replace('"version":1', '"version":2')],
];

test.each(DAMAGES)("a backup with %s is refused before anything is written", async (_name, damage) => {
  await server.makeKey();
  await backupStore(server.place, file);
  await writeFile(file, damage(await readFile(file, "utf8")));
  const place = await emptyPlace();
  await expect(restoreStore(place, file)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  expect(await namesIn(place)).toEqual(["kek.json", "pepper.json"]);
});

test("a backup of a newer release is refused", async () => {
  await backupStore(server.place, file);
  await writeFile(file, (await readFile(file, "utf8")).replace('"schemaVersion":2', '"schemaVersion":99'));
  await expect(restoreStore(await emptyPlace(), file)).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: "The backup is of a store of version 99.",
  });
});

test.each(["pepper.json", "kek.json"])(
  "without %s, or with another store's, nothing is restored",
  async (name) => {
    await fill(server);
    await backupStore(server.place, file);
    const place = await emptyPlace();
    await rm(join(place.directory, name));
    await expect(restoreStore(place, file)).rejects.toMatchObject({
      code: "STORE_UNUSABLE",
      message: expect.stringContaining(`${name} of the store ${server.context.storeId} is missing`),
    });
    const other = await openTestServer();
    await writeFile(join(place.directory, name), await readFile(join(other.directory, name)), {
      mode: 0o600,
    });
    await other.close();
    await expect(restoreStore(place, file)).rejects.toMatchObject({
      message: expect.stringContaining("is not the one of the store"),
    });
    await chmod(join(place.directory, name), 0o644);
    await expect(restoreStore(place, file)).rejects.toMatchObject({
      hint: expect.stringContaining("chmod 600"),
    });
    expect(await namesIn(place)).toEqual(["kek.json", "pepper.json"]);
  },
);

test("a database that holds a store is not restored into", async () => {
  await backupStore(server.place, file);
  const before = await readAll(server.context.database);
  await expect(restoreStore(server.place, file)).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: expect.stringContaining(`holds the store ${server.context.storeId} already`),
  });
  expect(await readAll(server.context.database)).toEqual(before);
});

test("a restore that was killed before its rows came is repeated", async () => {
  const { key } = await fill(server);
  await backupStore(server.place, file);
  const place = await emptyPlace();
  const { tables } = await openDatabase(place);
  await migrate(tables, server.clock.now());
  await tables.destroy();
  expect((await restoreStore(place, file)).audit.whole).toBe(true);
  const opened = await openStoreDirectory(place);
  expect((await verifyKey(opened.context, key.reveal())).valid).toBe(true);
  await opened.close();
});

test("a restored store goes on: the next key has the next number", async () => {
  await server.makeKey();
  await backupStore(server.place, file);
  const place = await emptyPlace();
  await restoreStore(place, file);
  const opened = await openStoreDirectory(place);
  const { database } = opened.context;
  const { last_key_number: number } = await database
    .selectFrom("change_head")
    .select("last_key_number")
    .executeTakeFirstOrThrow();
  await opened.close();
  expect(number).toBe(2);
});
