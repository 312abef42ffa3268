/** Several servers on one PostgreSQL, each with a directory of its own. */

import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAdminToken } from "./admin-token.ts";
import { type TestDatabase, createTestDatabase, POSTGRES_ONLY } from "./database/test-database.fixture.ts";
import { createKeyring } from "./key-material/keyring.ts";
import { verifyKey } from "./domain/verify-key.ts";
import { RANDOM, createMovableClock } from "./server.fixture.ts";
import { type OpenedDirectory, openStoreDirectory } from "./store-directory.ts";

const clock = createMovableClock();
let root: string;
let database: TestDatabase;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keywright-shared-"));
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

const KEY_FILES = ["pepper.json", "kek.json"];
const opened: OpenedDirectory[] = [];
afterEach(() => closeAll());

async function open(name: string): Promise<OpenedDirectory> {
  const directory = join(root, name);
  const one = await openStoreDirectory({ directory, ...database.options, clock, random: RANDOM });
  opened.push(one);
  return one;
}

const closeAll = () => Promise.all(opened.splice(0).map((one) => one.close()));

/** What a crash at the first start leaves: the files, and an empty database. */
async function emptyDatabase(): Promise<void> {
  await closeAll();
  await database.drop();
  database = await createTestDatabase();
}

async function copyKeys(from: string, to: string, names = KEY_FILES): Promise<void> {
  await mkdir(join(root, to), { recursive: true, mode: 0o700 });
  for (const name of names) await copyFile(join(root, from, name), join(root, to, name));
}

test("a second server with the first one's pepper and kek serves the same store", POSTGRES_ONLY, async () => {
  const first = await open("first");
  await copyKeys("first", "second");
  const second = await open("second");
  expect([first.firstStart, second.firstStart]).toEqual([true, false]);
  expect(second.context.storeId).toBe(first.context.storeId);
  expect(await readdir(join(root, "second"))).toEqual(["kek.json", "pepper.json"]);
  const token = await readAdminToken(first.adminTokenFile);
  expect((await verifyKey(second.context, token.reveal())).valid).toBe(true);
});

test.each(KEY_FILES)(
  "a second server without the first one's %s says to copy it",
  POSTGRES_ONLY,
  async (name) => {
    await open("first");
    await copyKeys(
      "first",
      "second",
      KEY_FILES.filter((other) => other !== name),
    );
    await expect(open("second")).rejects.toMatchObject({
      code: "STORE_UNUSABLE",
      message: expect.stringMatching(new RegExp(`file .*second/${name} of the store ks_.* is missing`)),
      hint: expect.stringContaining("copy it from another server of this store"),
    });
  },
);

test.each(KEY_FILES)(
  "a second server with another %s says to copy the right one",
  POSTGRES_ONLY,
  async (name) => {
    await open("first");
    await copyKeys("first", "second");
    await copyKeys("first", "third");
    const other = await createTestDatabase();
    const elsewhere = { directory: join(root, "other"), ...other.options, clock, random: RANDOM };
    await (await openStoreDirectory(elsewhere)).close();
    await other.drop();
    await copyKeys("other", "second", [name]);
    await expect(open("second")).rejects.toMatchObject({
      code: "STORE_UNUSABLE",
      message: expect.stringContaining("is not the one of the store"),
      hint: expect.stringContaining("from another server of this store"),
    });
    await open("third");
  },
);

test(
  "of several first starts with one pepper and kek one registers, and only it has a token",
  POSTGRES_ONLY,
  async () => {
    const names = ["a", "b", "c", "d"];
    await open("keys");
    await emptyDatabase();
    await Promise.all(names.map((name) => copyKeys("keys", name)));
    const all = await Promise.all(names.map(open));
    expect(all.filter(({ firstStart }) => firstStart)).toHaveLength(1);
    const tokens = await Promise.all(
      names.map(async (name) => (await readdir(join(root, name))).includes("admin-token")),
    );
    expect(tokens).toEqual(all.map(({ firstStart }) => firstStart));
  },
);

test(
  "of several first starts with keys of their own one makes the store, and the others break nothing",
  POSTGRES_ONLY,
  async () => {
    const names = ["a", "b", "c", "d"];
    const results = await Promise.allSettled(names.map(open));
    const winners = names.filter((_, index) => results[index]?.status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const result of results.filter(({ status }) => status === "rejected")) {
      expect(result).toMatchObject({ reason: { code: "STORE_UNUSABLE" } });
    }
    const again = await open(winners[0] ?? "");
    expect(again.firstStart).toBe(false);
  },
);

test(
  "a server with another pepper registers nothing in a store that is not complete yet",
  POSTGRES_ONLY,
  async () => {
    const { context } = await open("first");
    const table = context.database.updateTable("store");
    await table.set({ kek_version: null, kek_check: null }).execute();
    await rm(join(root, "first", "kek.json"));
    await expect(open("second")).rejects.toMatchObject({ code: "STORE_UNUSABLE" });
    await mkdir(join(root, "third"), { mode: 0o700 });
    await createKeyring("pepper", join(root, "third", "pepper.json"), RANDOM);
    await expect(open("third")).rejects.toMatchObject({
      code: "STORE_UNUSABLE",
      message: expect.stringContaining("is not the one of the store"),
    });
    await closeAll();
    expect((await open("first")).firstStart).toBe(false);
  },
);

test("a directory with a SQLite store is not used for one in PostgreSQL", POSTGRES_ONLY, async () => {
  const directory = join(root, "local");
  await (await openStoreDirectory({ directory, clock, random: RANDOM })).close();
  await expect(open("local")).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: `${directory} holds a SQLite store; one in PostgreSQL needs its own directory.`,
  });
});

test(
  "a start that is killed after its token was written is finished with that token",
  POSTGRES_ONLY,
  async () => {
    await open("first");
    await emptyDatabase();
    const token = await readFile(join(root, "first", "admin-token"), "utf8");
    await writeFile(join(root, "first", "admin-token.half.new"), "kw_");
    expect((await open("first")).firstStart).toBe(true);
    expect(await readFile(join(root, "first", "admin-token"), "utf8")).toBe(token);
    expect(await readdir(join(root, "first"))).not.toContain("admin-token.half.new");
  },
);
