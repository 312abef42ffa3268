import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { PENDING_TTL_MS } from "./key.ts";
import { verifyAudit } from "./verify-audit.ts";

/** More than any engine takes in one statement, with an audit entry's ten values for each. */
const MANY = 7000;
const AT_ONCE = 500;

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

async function insertPending(count: number): Promise<void> {
  const { id: first } = await server.makeKey({}, "pending");
  const { database } = server.context;
  const row = await database.selectFrom("keys").selectAll().where("id", "=", first).executeTakeFirstOrThrow();
  for (let start = 0; start < count; start += AT_ONCE) {
    const rows = Array.from({ length: AT_ONCE }, (_, index) => {
      const number = 1000 + start + index;
      const id = `key_${number}`;
      return { ...row, id, number, cid: id, digest: id, idempotency_key: id };
    });
    await database.insertInto("keys").values(rows).execute();
  }
}

test("thousands of keys that lapse at once are revoked, each with its audit entry", async () => {
  await insertPending(MANY);
  server.clock.advance(PENDING_TTL_MS);
  await server.makeKey();
  const { total } = await server.context.database
    .selectFrom("audit_log")
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .where("action", "=", "EXPIRE")
    .executeTakeFirstOrThrow();
  expect(total).toBe(MANY + 1);
  expect(await verifyAudit(server.context.database)).toMatchObject({ whole: true });
});
