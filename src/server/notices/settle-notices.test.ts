import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { type ClaimedNotice, claimNotices } from "./claim-notices.ts";
import { DueSearch } from "./due-search.ts";
import { DAY_MS } from "../../core/duration.ts";
import { DAYS, FAILED, SENT, auditedNotices, inDays, readNotices } from "./notices.fixture.ts";
import { settleNotices } from "./settle-notices.ts";

const CLAIM_MS = 2 * 60_000;

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
  await server.makeKey({ expiresAt: inDays(server, 8) });
  server.clock.advance(DAY_MS);
  const terms = { daysBefore: DAYS, channels: ["webhook"] } as const;
  await new DueSearch(server.context, terms).run(new AbortController().signal);
});
afterEach(() => server.close());

async function claimOne(): Promise<ClaimedNotice> {
  const [notice] = (await claimNotices(server.context, "webhook", 8)).notices;
  if (!notice) throw new Error("there is nothing to claim");
  return notice;
}

test("a notice that two have sent, because the first was too slow, is audited once", async () => {
  const slow = await claimOne();
  server.clock.advance(CLAIM_MS);
  const quick = await claimOne();
  await settleNotices(server.context, [{ row: quick.row, delivery: SENT }]);
  const sentAt = server.clock.now().toISOString();
  server.clock.advance(1000);
  await settleNotices(server.context, [{ row: slow.row, delivery: SENT }]);
  await settleNotices(server.context, [{ row: slow.row, delivery: FAILED }]);
  expect(await auditedNotices(server)).toHaveLength(1);
  expect(await readNotices(server)).toMatchObject([{ status: "sent", sentAt, lastError: null }]);
});

test("a failure that comes after the claim has passed to another leaves that claim alone", async () => {
  const slow = await claimOne();
  server.clock.advance(CLAIM_MS);
  await claimOne();
  await settleNotices(server.context, [{ row: slow.row, delivery: FAILED }]);
  server.clock.advance(CLAIM_MS - 1);
  expect((await claimNotices(server.context, "webhook", 8)).notices).toEqual([]);
  server.clock.advance(1);
  expect((await claimOne()).row.attempts).toBe(3);
});

test("a notice that was superseded while it was being sent is told as sent", async () => {
  const { row } = await claimOne();
  await server.context.database.updateTable("notices").set({ status: "superseded" }).execute();
  await settleNotices(server.context, [{ row, delivery: SENT }]);
  expect(await readNotices(server)).toMatchObject([{ status: "sent" }]);
});
