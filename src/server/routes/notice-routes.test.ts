import { afterEach, beforeEach, expect, test } from "vitest";
import { listNotices } from "../notices/list-notices.ts";
import { DAY_MS } from "../../core/duration.ts";
import { FAILED, SENT, aChannel, aNotifier, inDays } from "../notices/notices.fixture.ts";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { makePerson } from "./user.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

type Row = Readonly<Record<string, unknown>>;
const rowsOf = (body: Row): readonly Row[] => body["notices"] as readonly Row[];

/** Five keys of which each gets a notice, a day apart. */
async function makeNotices(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let day = 0; day < 5; day += 1) {
    ids.push((await server.makeKey({ name: `Key ${day}`, expiresAt: inDays(server, 8 + day) })).id);
  }
  const notifier = aNotifier(server, [aChannel(() => SENT, { name: "log" })]);
  for (let day = 0; day < 5; day += 1) {
    server.clock.advance(DAY_MS);
    await notifier.run();
  }
  return ids;
}

test("200: a notice says of what, when and how", async () => {
  const expiresAt = inDays(server, 8);
  const { id } = await server.makeKey({ name: "Scanner", expiresAt });
  server.clock.advance(DAY_MS);
  const email = aChannel(() => ({ sent: true, recipients: ["ops@example.com"], remark: "not all" }), {
    name: "email",
  });
  await aNotifier(server, [email, aChannel(() => FAILED)]).run();
  const { status, body } = await server.call("GET /v1/notices");
  const now = server.clock.now().toISOString();
  const common = {
    id: expect.stringMatching(/^notice_[0-9a-f]{24}$/) as string,
    objectType: "API_KEY",
    objectId: id,
    objectName: "Scanner",
    expiresAt,
    daysBefore: 7,
    dueAt: now,
    createdAt: now,
    attempts: 1,
  };
  expect(status).toBe(200);
  expect(rowsOf(body).toSorted((a, b) => String(a["channel"]).localeCompare(String(b["channel"])))).toEqual([
    {
      ...common,
      channel: "email",
      status: "sent",
      sentAt: now,
      recipients: ["ops@example.com"],
      lastError: "not all",
    },
    {
      ...common,
      channel: "webhook",
      status: "pending",
      sentAt: null,
      recipients: [],
      lastError: FAILED.reason,
    },
  ]);
});

test("200: pages go through all notices, newest first, each once", async () => {
  const ids = await makeNotices();
  const seen: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await server.call(`GET /v1/notices?limit=2${query}`);
    expect(status).toBe(200);
    seen.push(...rowsOf(body).map((row) => row["objectId"]));
    cursor = body["nextCursor"] as string | null;
  }
  expect(seen).toEqual(ids.toReversed());
});

test("200: filters by object, status, channel and time hold together", async () => {
  const ids = await makeNotices();
  const idsBy = async (query: string) =>
    rowsOf((await server.call(`GET /v1/notices?${query}`)).body).map((row) => row["objectId"]);
  expect(await idsBy(`objectId=${ids[1]},${ids[3]}`)).toEqual([ids[3], ids[1]]);
  expect(await idsBy("status=pending,dropped")).toEqual([]);
  expect(await idsBy("status=sent&channel=log&objectType=API_KEY")).toHaveLength(5);
  expect(await idsBy("objectType=PERSONAL_API_KEY")).toEqual([]);
  const start = new Date(server.clock.now().getTime() - 2 * DAY_MS).toISOString();
  const end = server.clock.now().toISOString();
  expect(await idsBy(`startTime=${start}&endTime=${end}`)).toEqual([ids[3], ids[2]]);
});

test.each(["limit=0", "limit=1001", "cursor=x", "status=lost", "channel=", "startTime=today", "page=1"])(
  "400: %s",
  async (query) => {
    expect((await server.call(`GET /v1/notices?${query}`)).status).toBe(400);
  },
);

test("400: a cursor of another listing", async () => {
  await server.makeKey();
  const cursor = (await server.call("GET /v1/keys?limit=1")).body["nextCursor"];
  expect(cursor).toEqual(expect.any(String));
  expect((await server.call(`GET /v1/notices?cursor=${String(cursor)}`)).status).toBe(400);
});

test("403: without the permission to view notification logs", async () => {
  const { token } = await makePerson(server);
  expect((await server.call("GET /v1/notices", { token })).status).toBe(403);
  const manager = await makePerson(server, { roles: [{ type: "default", role: "MANAGER" }] });
  expect((await server.call("GET /v1/notices", { token: manager.token })).status).toBe(200);
});

test("numbered pages give the same notices with their number on all pages", async () => {
  const ids = await makeNotices();
  const filter = { objectIds: ids.slice(0, 4) };
  const { notices, total } = await listNotices(server.context, filter, { limit: 2, offset: 2 });
  expect([notices.map(({ objectId }) => objectId), total]).toEqual([[ids[1], ids[0]], 4]);
});
