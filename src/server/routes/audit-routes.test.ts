import { afterEach, beforeEach, expect, test } from "vitest";
import { type Answer, type TestServer, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly action: string;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly objectType: string;
  readonly objectId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function list(query = ""): Promise<readonly Entry[]> {
  const { status, text, body } = await server.call(`GET /v1/audit-log${query}`);
  if (status !== 200) throw new Error(text);
  return body["entries"] as Entry[];
}

test("the audit log lists what was done, newest first", async () => {
  const { id } = await server.makeKey();
  server.clock.advance(1000);
  await server.call(`DELETE /v1/keys/${id}`);
  const [revoked, activated, created] = await list();
  expect([revoked?.action, activated?.action, created?.action]).toEqual(["REVOKE", "ACTIVATE", "CREATE"]);
  expect(revoked).toMatchObject({ objectType: "API_KEY", objectId: id, actorType: "API_KEY" });
  expect(revoked?.at).toBe(server.clock.now().toISOString());
});

test("pages of the audit log hold every entry once, also when new ones come meanwhile", async () => {
  for (let made = 0; made < 4; made += 1) await server.makeKey();
  const all = (await list()).map(({ seq }) => seq);
  const seen: number[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Answer = await server.call(
      `GET /v1/audit-log?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    seen.push(...(page.body["entries"] as Entry[]).map(({ seq }) => seq));
    cursor = page.body["nextCursor"] as string | null;
    await server.makeKey();
  }
  expect(seen).toEqual(all);
});

test("each filter of the audit log leaves what it asks for, and all hold together", async () => {
  const first = await server.makeKey();
  server.clock.advance(60_000);
  const from = server.clock.now().toISOString();
  const { id } = await server.makeKey();
  await server.call("PUT /v1/roles/empty", { body: { displayName: "Empty", permissions: [] } });
  expect((await list("?objectType=ROLE")).map(({ objectId }) => objectId)).toEqual(["empty"]);
  expect((await list(`?objectId=${id},empty&action=CREATE`)).map(({ action }) => action)).toEqual([
    "CREATE",
    "CREATE",
  ]);
  expect(await list("?ipAddress=10.1.2.3")).toEqual([]);
  expect((await list("?ipAddress=127.0.0.1")).length).toBeGreaterThan(3);
  const admin = (await server.call("GET /v1/store")).body["caller"] as { id: string };
  const system = await list("?actorType=SYSTEM");
  expect((await list(`?actorId=${admin.id}`)).length + system.length).toBe((await list()).length);
  expect((await list(`?startTime=${from}`)).some(({ objectId }) => objectId === first.id)).toBe(false);
  const older = await list(`?endTime=${from}&actorType=API_KEY`);
  expect(new Set(older.map(({ objectId }) => objectId))).toEqual(new Set([first.id]));
});

test.each(["limit=0", "limit=1001", "cursor=x", "action=PEEK", "startTime=yesterday", "objectId=", "x=1"])(
  "the audit log refuses the query %s",
  async (query) => {
    expect((await server.call(`GET /v1/audit-log?${query}`)).status).toBe(400);
  },
);

test("only who may view audit logs reads or checks them", async () => {
  const { secret } = await server.makeKey({ roles: [{ type: "default", role: "USER" }] });
  for (const target of ["GET /v1/audit-log", "GET /v1/audit-log/verification"]) {
    expect((await server.call(target, { token: secret })).status).toBe(403);
  }
});

test("reading the audit log leaves no entry", async () => {
  const before = await list();
  await server.call("GET /v1/audit-log/verification");
  expect(await list()).toEqual(before);
});

test("A13: the check tells whether the log is whole, and goes through a place noted earlier", async () => {
  const noted = (await server.call("GET /v1/audit-log/verification")).body;
  expect(noted).toMatchObject({ whole: true });
  const { seq, hash } = noted["head"] as { seq: number; hash: string };
  await server.makeKey();
  const ask = async (query: string) => (await server.call(`GET /v1/audit-log/verification${query}`)).body;
  expect(await ask(`?seq=${seq}&hash=${hash}`)).toMatchObject({ whole: true });
  const other = "0".repeat(64);
  expect(await ask(`?seq=${seq}&hash=${other}`)).toEqual({
    whole: false,
    firstBroken: seq,
    reason: "changed",
  });
  expect(await ask(`?seq=999&hash=${hash}`)).toMatchObject({ whole: false, reason: "missing" });
  expect((await server.call(`GET /v1/audit-log/verification?seq=1`)).status).toBe(400);
});

test("A13: a failed authentication stands in the log as soon as somebody reads it", async () => {
  await server.call("GET /v1/store", { token: newSecret() });
  await server.call("GET /v1/store", { token: newSecret() });
  const [entry] = await list("?action=AUTHENTICATION_FAILED");
  expect(entry).toMatchObject({ actorType: "ANONYMOUS", actorId: null, objectId: "unknown" });
  expect(entry?.details).toMatchObject({ reason: "unknown", count: 2 });
});
