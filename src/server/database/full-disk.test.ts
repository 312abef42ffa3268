import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqlite } from "./open-sqlite.ts";
import { write } from "./write.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keywright-full-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("on a full disk SQLite's writes are refused as unavailable, and go on once there is room", async () => {
  const { tables } = await openSqlite(join(directory, "store.db"));
  await sql`create table filler (text text)`.execute(tables);
  const fill = () =>
    write(tables, async (transaction) => {
      await sql`insert into filler values (${"small"})`.execute(transaction);
      await sql`insert into filler values (${"x".repeat(100_000)})`.execute(transaction);
    });
  await sql`pragma max_page_count = 3`.execute(tables);
  await expect(fill()).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
    message: "The disk of the store's database is full.",
    cause: { code: "SQLITE_FULL" },
  });
  await sql`pragma max_page_count = 1000`.execute(tables);
  expect((await sql`select * from filler`.execute(tables)).rows).toEqual([]);
  await fill();
  expect((await sql`select * from filler`.execute(tables)).rows).toHaveLength(2);
  await tables.destroy();
});
