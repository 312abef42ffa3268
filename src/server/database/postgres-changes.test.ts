import type { Kysely, KyselyPlugin } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { type BrokenLine, openBrokenLine } from "./broken-line.fixture.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./open-postgres.ts";
import { PostgresChanges } from "./postgres-changes.ts";
import type { Tables } from "./tables.ts";
import { ENGINE, type TestDatabase, createTestDatabase, POSTGRES_ONLY } from "./test-database.fixture.ts";

let database: TestDatabase;
let line: BrokenLine;
let direct: Kysely<Tables>;
let byLine: Kysely<Tables>;
let queries = 0;
let changes: PostgresChanges;

const COUNT: KyselyPlugin = {
  transformQuery: ({ node }) => {
    queries += 1;
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};

const commitChange = (seq: number) => direct.updateTable("change_head").set({ seq }).execute();

beforeEach(async () => {
  if (ENGINE === "sqlite") return;
  database = await createTestDatabase();
  const url = database.options.databaseUrl ?? Secret.of("");
  line = await openBrokenLine(url);
  direct = (await openPostgres(url)).tables;
  byLine = (await openPostgres(line.url)).tables;
  await migrate(direct, new Date());
  changes = new PostgresChanges(byLine.withPlugin(COUNT));
  queries = 0;
});
afterEach(async () => {
  if (ENGINE === "sqlite") return;
  await Promise.all([direct.destroy(), byLine.destroy()]);
  await line.close();
  await database.drop();
});

test("questions of one moment share one query", POSTGRES_ONLY, async () => {
  await commitChange(7);
  expect(await Promise.all([changes.sequence(), changes.sequence(), changes.sequence()])).toEqual([7, 7, 7]);
  expect(queries).toBe(1);
});

test(
  "a change before the question is in the answer, though an older question is not answered yet",
  POSTGRES_ONLY,
  async () => {
    await commitChange(1);
    const answered = line.hold();
    const before = changes.sequence();
    await answered;
    await commitChange(2);
    const after = [changes.sequence(), changes.sequence()];
    line.release();
    expect([await before, ...(await Promise.all(after))]).toEqual([1, 2, 2]);
    expect(queries).toBe(2);
  },
);

test("a question that failed does not spoil the next one", POSTGRES_ONLY, async () => {
  line.cut("change_head", "before");
  await expect(changes.sequence()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  line.mend();
  await commitChange(3);
  expect(await changes.sequence()).toBe(3);
});
