import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { keepHouse } from "./keep-house.ts";
import type { Repetition } from "./repeat.ts";

const failures: string[] = [];
const log = {
  info: () => undefined,
  error: (_fields: object, message: string) => void failures.push(message),
};

let server: TestServer;
let house: Repetition | undefined;
beforeEach(async () => {
  failures.length = 0;
  server = await openTestServer();
});
afterEach(async () => {
  await house?.stop();
  await server.close();
});

const rowOf = (id: string) =>
  server.context.database.selectFrom("keys").selectAll().where("id", "=", id).executeTakeFirstOrThrow();

test("lapsed and retired keys are revoked, and last uses written, without any request", async () => {
  const pending = await server.makeKey({}, "pending");
  const retired = await server.makeKey();
  const { database } = server.context;
  const retireAt = server.clock.now().toISOString();
  await database.updateTable("keys").set({ retire_at: retireAt }).where("id", "=", retired.id).execute();
  await server.call("GET /v1/store");
  server.clock.advance(15 * 60_000);
  house = keepHouse(server.context, log, 1);
  await expect.poll(async () => (await rowOf(pending.id)).revoked_at).toBe("2026-11-21T08:15:00.000Z");
  expect((await rowOf(retired.id)).revoked_at).toBe(retireAt);
  expect(await database.selectFrom("key_usage").selectAll().execute()).toHaveLength(1);
  const entries = await database
    .selectFrom("audit_log")
    .select("details")
    .where("action", "=", "EXPIRE")
    .execute();
  expect(entries.map(({ details }) => details)).toEqual(['{"reason":"never used"}', '{"reason":"replaced"}']);
});

test("a failure is logged and does not end it", async () => {
  const { id } = await server.makeKey({}, "pending");
  await server.call("GET /v1/store");
  const { schema } = server.context.database;
  await schema.alterTable("key_usage").renameTo("away").execute();
  house = keepHouse(server.context, log, 1);
  await expect.poll(() => failures[0]).toBe("housekeeping failed; it will be tried again");
  server.clock.advance(15 * 60_000);
  await schema.alterTable("away").renameTo("key_usage").execute();
  await expect.poll(async () => (await rowOf(id)).revoked_at).not.toBeNull();
});
