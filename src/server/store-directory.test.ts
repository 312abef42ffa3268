import { execFileSync } from "node:child_process";
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeywrightError } from "../core/error.ts";
import { readAdminToken } from "./admin-token.ts";
import { migrate } from "./database/migrate.ts";
import { MIGRATIONS } from "./database/migrations/migration.ts";
import { openPostgres } from "./database/open-postgres.ts";
import { openSqlite } from "./database/open-sqlite.ts";
import type { Tables } from "./database/tables.ts";
import {
  ENGINE,
  type TestDatabase,
  createTestDatabase,
  SQLITE_ONLY,
} from "./database/test-database.fixture.ts";
import { verifyKey } from "./domain/verify-key.ts";
import { createKeyring } from "./key-material/keyring.ts";
import { type EmbeddedStore, openEmbeddedStore } from "./open-embedded-store.ts";
import { RANDOM, createMovableClock } from "./server.fixture.ts";
import { type OpenedDirectory, openStoreDirectory } from "./store-directory.ts";

const clock = createMovableClock();
let root: string;
let directory: string;
let database: TestDatabase;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keywright-directory-"));
  directory = join(root, "deep", "store");
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

const open = (more: { pepperFile?: string; directory?: string } = {}): Promise<OpenedDirectory> =>
  openStoreDirectory({ directory, ...database.options, clock, random: RANDOM, ...more });
const openEmbedded = (): Promise<EmbeddedStore> =>
  openEmbeddedStore({ directory, ...database.options, clock, random: RANDOM });
const openTables = async (): Promise<Kysely<Tables>> => {
  const { databaseUrl } = database.options;
  const opened = await (databaseUrl ? openPostgres(databaseUrl) : openSqlite(inside("store.db")));
  return opened.tables;
};
const inside = (name: string): string => join(directory, name);
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

async function openOnce(more = {}): Promise<{ readonly storeId: string; readonly firstStart: boolean }> {
  const opened = await open(more);
  await opened.close();
  return { storeId: opened.context.storeId, firstStart: opened.firstStart };
}

async function refusal(promise: Promise<unknown>): Promise<KeywrightError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof KeywrightError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The token works, exactly one administrator is there, and no draft lies about. */
async function expectSound(): Promise<void> {
  const opened = await open();
  const token = await readAdminToken(opened.adminTokenFile);
  const rows = await opened.context.database.selectFrom("keys").select("id").execute();
  const verified = await verifyKey(opened.context, token.reveal());
  await opened.close();
  expect([rows.length, verified.valid]).toEqual([1, true]);
  expect((await readdir(directory)).filter((name) => name.endsWith(".new"))).toEqual([]);
}

test("the first start makes private files, the second finds them", async () => {
  const first = await openOnce();
  const second = await openOnce();
  expect([first.firstStart, second.firstStart]).toEqual([true, false]);
  expect(second.storeId).toBe(first.storeId);
  expect(await modeOf(directory)).toBe("700");
  const names = (await readdir(directory)).filter((name) => !/-(wal|shm)$/.test(name));
  const files = ENGINE === "sqlite" ? ["store.db"] : [];
  expect(names).toEqual(["admin-token", "kek.json", "pepper.json", ...files]);
  for (const name of names) expect(await modeOf(inside(name))).toBe("600");
  await expectSound();
});

test("the pepper can lie elsewhere", async () => {
  const pepperFile = join(root, "pepper.json");
  const first = await openOnce({ pepperFile });
  expect((await openOnce({ pepperFile })).storeId).toBe(first.storeId);
  expect(await readdir(directory)).not.toContain("pepper.json");
  expect((await refusal(open())).code).toBe("STORE_UNUSABLE");
});

test("a missing pepper stops the start, says what to do, and no new one is made", async () => {
  await openOnce();
  await rename(inside("pepper.json"), inside("moved"));
  const error = await refusal(open());
  expect(error.code).toBe("STORE_UNUSABLE");
  expect(error.message).toMatch(/The pepper file .*pepper\.json of the store ks_[0-9a-f]{16} is missing/);
  expect(error.hint).toContain("Put it back");
  await rename(inside("moved"), inside("pepper.json"));
  await expectSound();
});

test("another store's pepper stops the start", async () => {
  await openOnce();
  await rm(inside("pepper.json"));
  await createKeyring("pepper", inside("pepper.json"), RANDOM);
  const error = await refusal(open());
  expect([error.code, error.message]).toEqual([
    "STORE_UNUSABLE",
    expect.stringContaining("is not the one of the store"),
  ]);
});

test.each(["", "{}", "[]", '{"current":1,"peppers":{"1":"dG9vIHNob3J0"}}', '{"current":2,"peppers":{}}'])(
  "a pepper file that reads %j stops the start",
  async (text) => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(inside("pepper.json"), text, { mode: 0o600 });
    expect((await refusal(open())).message).toContain("is not a pepper file");
  },
);

test("a pepper or token that others may read stops the start", async () => {
  await openOnce();
  await chmod(inside("pepper.json"), 0o644);
  const error = await refusal(open());
  expect([error.code, error.hint]).toEqual(["STORE_UNUSABLE", expect.stringContaining("chmod 600")]);
  await chmod(inside("pepper.json"), 0o600);
  await chmod(inside("admin-token"), 0o640);
  const embedded = openEmbedded();
  expect((await refusal(embedded)).message).toContain("admin-token has the permissions 640");
});

test.each(["pepper.json", "admin-token"])(
  "a named pipe in place of %s stops the start, which does not wait for it",
  async (name) => {
    await openOnce();
    await rm(inside(name));
    execFileSync("mkfifo", ["-m", "600", inside(name)]);
    const error = await refusal(openEmbedded());
    expect([error.code, error.message]).toEqual(["STORE_UNUSABLE", `${inside(name)} is no regular file.`]);
  },
);

test("a directory that others may change stops the start", async () => {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o777);
  expect((await refusal(open())).hint).toContain("chmod 700");
});

test("what is no database stops the start and stays as it is", SQLITE_ONLY, async () => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const text = "no database at all ".repeat(100);
  await writeFile(inside("store.db"), text);
  expect((await refusal(open())).code).toBe("STORE_UNUSABLE");
  expect(await readFile(inside("store.db"), "utf8")).toBe(text);
});

test("a database that a newer release made stops the start", async () => {
  const opened = await open();
  await sql`insert into schema_versions values (99, 'later')`.execute(opened.context.database);
  await opened.close();
  expect((await refusal(open())).message).toContain("has version 99; this Keywright knows versions up to 2");
});

test("a directory whose database is gone stops the start: it may be in PostgreSQL", SQLITE_ONLY, async () => {
  await openOnce();
  await rm(inside("store.db"));
  const error = await refusal(open());
  expect([error.code, error.hint]).toEqual(["STORE_UNUSABLE", expect.stringContaining("database URL")]);
  expect(await readdir(directory)).not.toContain("store.db");
});

test("a directory in place of which a file lies stops the start", async () => {
  await writeFile(join(root, "deep"), "");
  expect((await refusal(open())).code).toBe("STORE_UNUSABLE");
});

test("the embedded store says so when its token is gone", async () => {
  await openOnce();
  await rm(inside("admin-token"));
  const error = await refusal(openEmbedded());
  expect([error.code, error.message]).toEqual([
    "STORE_UNUSABLE",
    expect.stringContaining("admin-token is missing"),
  ]);
});

test(
  "a first start that died with an empty database and half a pepper is finished by the next",
  SQLITE_ONLY,
  async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(inside("store.db"), "", { mode: 0o600 });
    await writeFile(inside("pepper.json.half.new"), '{"curr', { mode: 0o600 });
    expect((await openOnce()).firstStart).toBe(true);
    await expectSound();
  },
);

test.each(["missing", "empty"])(
  "a store whose database is %s is no first start",
  SQLITE_ONLY,
  async (how) => {
    await openOnce();
    await rm(inside("store.db"));
    if (how === "empty") await writeFile(inside("store.db"), "", { mode: 0o600 });
    const error = await refusal(open());
    expect([error.code, error.message]).toEqual([
      "STORE_UNUSABLE",
      expect.stringMatching(/has an admin-token but (no|an empty) store\.db/),
    ]);
  },
);

test("a first start that died between pepper and store goes on with that pepper", async () => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await createKeyring("pepper", inside("pepper.json"), RANDOM);
  const pepper = await readFile(inside("pepper.json"), "utf8");
  await expectSound();
  expect(await readFile(inside("pepper.json"), "utf8")).toBe(pepper);
});

test("a first start that died between token file and registration registers that token", async () => {
  await openOnce();
  const token = await readFile(inside("admin-token"), "utf8");
  const tables = await openTables();
  for (const table of ["keys", "key_roles"] as const) await tables.deleteFrom(table).execute();
  await tables.updateTable("store").set({ admin_registered_at: null }).execute();
  await tables.destroy();
  await link(inside("admin-token"), inside("admin-token.half.new"));
  expect((await openOnce()).firstStart).toBe(true);
  expect(await readFile(inside("admin-token"), "utf8")).toBe(token);
  await expectSound();
});

test("of several first starts at once one registers, and all serve the same store", async () => {
  const opened = await Promise.all(Array.from({ length: 5 }, () => open()));
  await Promise.all(opened.map((one) => one.close()));
  expect(opened.filter((one) => one.firstStart)).toHaveLength(1);
  expect(new Set(opened.map((one) => one.context.storeId)).size).toBe(1);
  await expectSound();
});

test("a migration that fails leaves the database as it was", async () => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const tables = await openTables();
  const failing = { version: MIGRATIONS.length + 1, up: () => Promise.reject(new Error("stop")) };
  await expect(migrate(tables, clock.now(), [...MIGRATIONS, failing])).rejects.toThrow("stop");
  const { rows } = await (
    ENGINE === "sqlite"
      ? sql`select name from sqlite_master`
      : sql`select tablename from pg_tables where schemaname = current_schema()`
  ).execute(tables);
  expect(rows).toEqual([]);
  await migrate(tables, clock.now());
  await tables.destroy();
  await expectSound();
});
