import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqlite } from "../database/open-sqlite.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { RANDOM, type TestServer, openTestServer } from "../server.fixture.ts";
import { KeyUsage } from "./key-usage.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const NOON = Date.parse("2026-11-21T12:00:00.000Z");
const at = (ms: number) => new Date(NOON + ms).toISOString();
/** Another process's, on the same database. */
const another = () => new KeyUsage(server.context.database);
const written = async () =>
  (await server.context.database.selectFrom("key_usage").selectAll().orderBy("key_id").execute()).map(
    ({ key_id, last_used_at }) => [key_id, last_used_at],
  );

test("a use is known at once, and to other processes once it is written", async () => {
  const [mine, theirs] = [another(), another()];
  mine.note("key_a", NOON);
  expect(await mine.read(["key_a", "key_b"])).toEqual(new Map([["key_a", at(0)]]));
  expect(await theirs.read(["key_a"])).toEqual(new Map());
  await mine.flush();
  expect(await theirs.read(["key_a"])).toEqual(new Map([["key_a", at(0)]]));
  expect(await theirs.read([])).toEqual(new Map());
});

test("the embedded store writes at its end what it has noted", async () => {
  const directory = join(server.directory, "embedded");
  const options = { directory, clock: server.clock, random: RANDOM };
  const read = async () => {
    const store = await openEmbeddedStore(options);
    const headers = { authorization: `Bearer ${store.adminToken.reveal()}` };
    const { body } = await store.inject({ method: "GET", path: "/v1/keys", headers });
    await store.close();
    return (JSON.parse(body) as { keys: { lastUsedAt: string }[] }).keys[0]?.lastUsedAt;
  };
  await read();
  const { tables } = await openSqlite(join(directory, "store.db"));
  const { last_used_at } = await tables.selectFrom("key_usage").selectAll().executeTakeFirstOrThrow();
  await tables.destroy();
  expect(last_used_at).toBe(server.clock.now().toISOString());
});

test("of several processes the latest use stays, whoever writes last", async () => {
  const [early, late] = [another(), another()];
  early.note("key_a", NOON);
  late.note("key_a", NOON + 5);
  await late.flush();
  await early.flush();
  expect(await written()).toEqual([["key_a", at(5)]]);
  expect(await early.read(["key_a"])).toEqual(new Map([["key_a", at(5)]]));
});

test("a thousand uses of a thousand keys are one row each, and are written once", async () => {
  const usage = another();
  for (let index = 0; index < 1200; index += 1)
    usage.note(`key_${String(index).padStart(4, "0")}`, NOON + index);
  for (let index = 0; index < 1000; index += 1) usage.note("key_0007", NOON + 2000 + index);
  await usage.flush();
  const rows = await written();
  expect(rows).toHaveLength(1200);
  expect(rows[7]).toEqual(["key_0007", at(2999)]);
  await server.context.database.deleteFrom("key_usage").execute();
  await usage.flush();
  expect(await written()).toEqual([]);
});

test("what could not be written is written later, and what is noted meanwhile is not lost", async () => {
  const usage = another();
  const { schema } = server.context.database;
  usage.note("key_a", NOON);
  await schema.alterTable("key_usage").renameTo("away").execute();
  await expect(usage.flush()).rejects.toThrow("key_usage");
  await schema.alterTable("away").renameTo("key_usage").execute();
  const flushing = usage.flush();
  // By now it has begun.
  await Promise.resolve();
  usage.note("key_a", NOON + 1);
  usage.note("key_b", NOON + 1);
  await flushing;
  await usage.flush();
  expect(await written()).toEqual([
    ["key_a", at(1)],
    ["key_b", at(1)],
  ]);
});

test("a flood of credentials does not fill the memory: those that are known go on, new ones wait", async () => {
  const usage = another();
  for (let index = 0; index < 200_000; index += 1) usage.note(`key_${index}`, NOON);
  usage.note("key_new", NOON);
  usage.note("key_7", NOON + 1);
  expect(await usage.read(["key_new", "key_7"])).toEqual(new Map([["key_7", at(1)]]));
});
