import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { NO_HASH } from "./audit.ts";
import { goesThrough, verifyAudit } from "./verify-audit.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
  for (let made = 0; made < 3; made += 1) await server.makeKey();
});
afterEach(() => server.close());

const check = () => verifyAudit(server.context.database);

async function newest(): Promise<number> {
  const checked = await check();
  if (!checked.whole) throw new Error("the log is broken");
  return checked.head.seq;
}

test("A13: a log that nobody touched is whole, up to its newest entry", async () => {
  const { seq } = await server.context.database
    .selectFrom("change_head")
    .select("seq")
    .executeTakeFirstOrThrow();
  expect(await newest()).toBe(seq);
  expect(seq).toBeGreaterThan(5);
});

test.each([
  ["its time", { at: "2020-01-01T00:00:00.000Z" }],
  ["its actor", { actor_id: "key_other" }],
  ["its address", { ip_address: null }],
  ["its action", { action: "READ" }],
  ["its object", { object_id: "key_other" }],
  ["its details", { details: "{}" }],
  ["its hash", { hash: "0".repeat(64) }],
])("A13: an entry with %s changed is found", async (_what, values) => {
  const seq = 3;
  await server.context.database.updateTable("audit_log").set(values).where("seq", "=", seq).execute();
  expect(await check()).toEqual({ whole: false, firstBroken: seq, reason: "changed" });
});

test("A13: an entry taken out is found, in the middle and at the end", async () => {
  const last = await newest();
  await server.context.database.deleteFrom("audit_log").where("seq", "=", last).execute();
  expect(await check()).toEqual({ whole: false, firstBroken: last, reason: "missing" });
  await server.context.database.deleteFrom("audit_log").where("seq", "=", 2).execute();
  expect(await check()).toEqual({ whole: false, firstBroken: 2, reason: "missing" });
  await server.context.database.deleteFrom("audit_log").execute();
  expect(await check()).toEqual({ whole: false, firstBroken: 1, reason: "missing" });
});

test("A13: an entry put in behind the newest is found", async () => {
  const { database } = server.context;
  const last = await newest();
  const row = await database
    .selectFrom("audit_log")
    .selectAll()
    .where("seq", "=", last)
    .executeTakeFirstOrThrow();
  await database
    .insertInto("audit_log")
    .values({ ...row, seq: last + 1 })
    .execute();
  expect(await check()).toEqual({ whole: false, firstBroken: last + 1, reason: "added" });
});

test("A13: a log that was cut and whose head was set back is found by a place noted earlier", async () => {
  const { database } = server.context;
  const checked = await check();
  if (!checked.whole) throw new Error("the log is broken");
  const noted = checked.head;
  expect(await goesThrough(database, noted)).toBe(true);
  expect(await goesThrough(database, { seq: 0, hash: NO_HASH })).toBe(true);
  const before = await database
    .selectFrom("audit_log")
    .select(["seq", "hash"])
    .where("seq", "=", noted.seq - 1)
    .executeTakeFirstOrThrow();
  await database.deleteFrom("audit_log").where("seq", "=", noted.seq).execute();
  await database.updateTable("change_head").set(before).execute();
  expect((await check()).whole).toBe(true);
  expect(await goesThrough(database, noted)).toBe(false);
});

test("A13: a log of many batches is walked to its end while others are served", async () => {
  const { context } = server;
  for (let batch = 0; batch < 3; batch += 1) {
    for (let tries = 0; tries < 200; tries += 1) {
      const actor = { type: "ANONYMOUS", id: null, ipAddress: `10.0.${batch}.${tries}` } as const;
      context.attempts.note(
        "authentication",
        { valid: false, reason: "unknown" },
        actor,
        context.clock.now(),
      );
    }
    server.clock.advance(60_000);
    await server.call("GET /v1/audit-log");
  }
  const walking = check();
  expect((await server.call("GET /v1/store")).status).toBe(200);
  expect((await walking).whole).toBe(true);
});
