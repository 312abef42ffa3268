/** The rest of the Cortex API that this store answers: secrets, allowlist, audit, notifications, users' roles. */

import { afterEach, beforeEach, expect, test } from "vitest";
import type { NoticeRow } from "../../notices/notice.ts";
import { type Call, type TestServer, openTestServer } from "../../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

type Body = Readonly<Record<string, unknown>>;
const call = (target: string, options: Call = {}) => server.call(target.replace(" ", " /api/v1"), options);
const makeSecret = (tag: string, fields: object = {}) =>
  call("POST /secrets", { body: { name: "A secret", secret: "hunter2", tag, ...fields } });
const rowsOf = (body: Body, name: string) => body[name] as readonly Body[];

test("200: a secret is made, read by tag and by id, renamed and deleted; its value is never shown", async () => {
  const made = await makeSecret("my-secret_1");
  expect(made.status).toBe(200);
  expect(made.body).toEqual({
    id: expect.stringMatching(/./) as string,
    name: "A secret",
    tag: "my-secret_1",
  });
  const id = String(made.body["id"]);
  expect((await call(`GET /secrets/${id}`)).body).toEqual(made.body);
  expect((await call("GET /secrets/my-secret_1")).body).toEqual(made.body);
  const renamed = await call(`PUT /secrets/${id}`, { body: { name: "Another" } });
  expect([renamed.status, renamed.body]).toEqual([200, { ...made.body, name: "Another" }]);
  const deleted = await call("DELETE /secrets/my-secret_1", { body: {} });
  expect([deleted.status, deleted.text]).toEqual([200, ""]);
  expect((await call(`GET /secrets/${id}`)).status).toBe(404);
});

const sealed = async () =>
  (await server.context.database.selectFrom("secrets").select("sealed_value").executeTakeFirstOrThrow())
    .sealed_value;

test("a secret's new value replaces the old one, with or without a name; without both nothing changes", async () => {
  await makeSecret("s");
  const before = await sealed();
  expect((await call("PUT /secrets/s", { body: {} })).body["name"]).toBe("A secret");
  expect(await sealed()).toBe(before);
  expect((await call("PUT /secrets/s", { body: { secret: "new", name: null } })).status).toBe(200);
  expect(await sealed()).not.toBe(before);
});

test("secrets are listed in pages, which must be asked for by number", async () => {
  for (const tag of ["a", "b", "c"]) {
    await makeSecret(tag);
    server.clock.advance(1);
  }
  const { status, body } = await call("GET /secrets?pageSize=2&page=1");
  expect(status).toBe(200);
  expect(body).toMatchObject({ page: 1, total: 3, totalPages: 2 });
  expect(rowsOf(body, "secrets").map(({ tag }) => tag)).toEqual(["c"]);
  expect((await call("GET /secrets?pageSize=2&page=9")).body).toEqual({
    secrets: [],
    page: 9,
    total: 3,
    totalPages: 2,
  });
  expect((await call("GET /secrets")).status).toBe(400);
});

test("400: a tag that is taken, that is changed or that has strange characters is refused", async () => {
  await makeSecret("s");
  const answers = [
    await makeSecret("s"),
    await call("PUT /secrets/s", { body: { tag: "t" } }),
    await makeSecret("not a tag"),
    await makeSecret("empty", { secret: "" }),
    await makeSecret("extra", { id: "x" }),
  ];
  for (const { status, body } of answers) expect([status, body["type"]]).toEqual([400, "BAD_REQUEST"]);
  expect((await call("GET /secrets?pageSize=9&page=0")).body["total"]).toBe(1);
});

test("404: a secret that is not there cannot be read, updated or deleted", async () => {
  for (const target of ["GET /secrets/x", "DELETE /secrets/x"]) {
    expect((await call(target)).body).toMatchObject({ type: "NOT_FOUND", message: "Secret not found" });
  }
  expect((await call("PUT /secrets/x", { body: { name: "y" } })).status).toBe(404);
});

test("an empty allowlist lets everybody in; the first entry refuses the rest", async () => {
  expect((await call("GET /ip-allowlist")).body).toEqual({ entries: [], page: 0, total: 0, totalPages: 0 });
  const entries = [{ address: "127.0.0.1", description: "here" }, { address: "10.0.0.0/8" }];
  const put = await call("PUT /ip-allowlist", { body: { entries } });
  expect([put.status, put.body]).toEqual([200, { entries: [entries[1], entries[0]] }]);
  const far = await call("GET /ip-allowlist", { remoteAddress: "203.0.113.7" });
  expect([far.status, far.body["message"]]).toEqual([403, "IP address not on the allowlist"]);
  expect((await call("GET /ip-allowlist", { remoteAddress: "10.1.2.3" })).status).toBe(200);
  expect((await call("GET /ip-allowlist?pageSize=1&page=1")).body).toEqual({
    entries: [entries[0]],
    page: 1,
    total: 2,
    totalPages: 2,
  });
});

test("400: a list that would lock its caller out needs force, in any spelling of true", async () => {
  const body = { entries: [{ address: "10.0.0.1", description: null }] };
  for (const query of ["", "?force=false", "?force=False"]) {
    const refused = await call(`PUT /ip-allowlist${query}`, { body });
    expect([refused.status, refused.body["type"]]).toEqual([400, "BAD_REQUEST"]);
    expect(refused.body["message"]).toContain("force=true");
  }
  expect((await call("PUT /ip-allowlist?force=maybe", { body })).status).toBe(400);
  const forced = await call("PUT /ip-allowlist?force=True", { body });
  expect([forced.status, forced.body]).toEqual([200, { entries: [{ address: "10.0.0.1" }] }]);
});

test("a validation tells of each entry whether it is sound, and changes nothing", async () => {
  const entries = [
    { address: "10.0.0.0/8", description: "office" },
    { address: "10.0.0.999" },
    { address: "2001:db8::/32" },
  ];
  const { status, body } = await call("POST /ip-allowlist/validate", { body: { entries } });
  expect(status).toBe(200);
  expect(rowsOf(body, "entries")).toEqual([
    { address: "10.0.0.0/8", description: "office", valid: true },
    { address: "10.0.0.999", valid: false, error: expect.stringMatching(/^The address /) as string },
    { address: "2001:db8::/32", valid: true },
  ]);
  expect((await call("GET /ip-allowlist")).body["total"]).toBe(0);
});

test("400: an unsound list is refused as a whole", async () => {
  const entries = [{ address: "10.0.0.1" }, { address: "nowhere" }];
  const answer = await call("PUT /ip-allowlist?force=true", { body: { entries } });
  expect([answer.status, answer.body["type"]]).toEqual([400, "BAD_REQUEST"]);
  expect((await call("GET /ip-allowlist")).body["total"]).toBe(0);
});

const audit = async (query = "") => {
  const { status, text, body } = await call(`GET /audit-logs?pageSize=1000&page=0${query}`);
  if (status !== 200) throw new Error(text);
  return rowsOf(body, "logs");
};

test("the audit log tells in the Cortex API's words what was done natively, keys by their cid", async () => {
  await server.call("GET /v1/store", { token: (await server.makeKey()).secret });
  const { id } = await server.makeKey();
  await server.call(`DELETE /v1/keys/${id}`);
  const { cid } = await server.context.database
    .selectFrom("keys")
    .select("cid")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const logs = await audit(`&objectIdentifiers=${cid}`);
  expect(logs.map(({ action }) => action)).toEqual(["DELETE", "UPDATE", "CREATE"]);
  expect(logs[0]).toEqual({
    action: "DELETE",
    objectType: "API_KEY",
    objectIdentifier: cid,
    timestamp: "2026-11-21T08:00:00.000Z",
    actorIdentifier: expect.stringMatching(/^ak[0-9a-f]{16}$/) as string,
    ipAddress: "127.0.0.1",
  });
});

test("the audit log's filters hold together, their values separated by commas or repeated", async () => {
  await makeSecret("s");
  server.clock.advance(60_000);
  await server.makeKey();
  expect(new Set((await audit("&objectTypes=SECRET,ROLE")).map((log) => log["objectType"]))).toEqual(
    new Set(["SECRET"]),
  );
  expect((await audit("&actions=CREATE&actions=DELETE")).every(({ action }) => action === "CREATE")).toBe(
    true,
  );
  expect(await audit("&actions=DELETE")).toEqual([]);
  expect(await audit("&actions=ARCHIVE")).toEqual([]);
  expect(await audit("&actorTypes=OAUTH2,BACKSTAGE")).toEqual([]);
  expect((await audit("&actorTypes=API_KEY")).length).toBeGreaterThan(0);
  expect(await audit("&actorIpAddresses=10.0.0.1")).toEqual([]);
  const [admin] = (await audit("&objectTypes=SECRET")).map((log) => String(log["actorIdentifier"]));
  expect((await audit(`&actorApiKeyIdentifiers=${admin}`)).length).toBeGreaterThan(0);
});

test("the audit log's times need no offset; without one they are UTC", async () => {
  await makeSecret("s");
  const from = (time: string) => audit(`&objectTypes=SECRET&startTime=${encodeURIComponent(time)}`);
  expect((await from("2026-11-21T08:00:00")).length).toBe(1);
  expect((await from("2026-11-21T08:00")).length).toBe(1);
  expect((await from("2026-11-21T08:00:01Z")).length).toBe(0);
  expect((await from("2026-11-21T09:00:00+01:00")).length).toBe(1);
  expect((await audit("&objectTypes=SECRET&endTime=2026-11-21T08:00:00")).length).toBe(0);
});

test.each(["startTime=yesterday", "startTime=2026-13-01T00:00:00Z", "actorEmails=a@b.example", "sort=asc"])(
  "400: the audit log refuses the query %s instead of ignoring it",
  async (query) => {
    expect((await call(`GET /audit-logs?pageSize=1&page=0&${query}`)).status).toBe(400);
  },
);

test("pages of the audit log agree on the total; page and pageSize are required", async () => {
  await server.makeKey();
  const all = await audit();
  const { body } = await call("GET /audit-logs?pageSize=1&page=1");
  expect(body).toEqual({ logs: [all[1]], page: 1, total: all.length, totalPages: all.length });
  expect((await call("GET /audit-logs")).status).toBe(400);
});

const aNotice = (fields: Partial<NoticeRow> = {}): NoticeRow => ({
  id: "notice_1",
  object_type: "API_KEY",
  object_id: "key_1",
  expires_at: "2026-11-28T08:00:00.000Z",
  days_before: 7,
  channel: "email",
  status: "sent",
  due_at: "2026-11-21T08:00:00.000Z",
  created_at: "2026-11-21T08:00:00.000Z",
  not_before: "2026-11-21T08:00:00.000Z",
  attempts: 1,
  sent_at: "2026-11-21T08:00:05.000Z",
  recipients: '["ops@example.com"]',
  last_error: null,
  ...fields,
});

test("the notification log proves who was reminded, when, and of which state it is", async () => {
  const waiting = { status: "pending", sent_at: null, recipients: null, last_error: "refused" } as const;
  const notices = [aNotice(), aNotice({ id: "notice_2", channel: "webhook", ...waiting })];
  await server.context.database.insertInto("notices").values(notices).execute();
  const { status, body } = await call("GET /notifications/logs?notificationTypes=TOKEN_EXPIRES_IN_N_DAYS");
  expect(status).toBe(200);
  expect(body).toMatchObject({ page: 0, total: 2, totalPages: 1 });
  const [webhook, email] = rowsOf(body, "logs");
  const common = {
    type: "TOKEN_EXPIRES_IN_N_DAYS",
    recipientType: "USER",
    dateCreated: "2026-11-21T08:00:00.000Z",
  };
  expect(email).toEqual({
    ...common,
    id: expect.any(Number) as number,
    runId: expect.any(Number) as number,
    medium: "EMAIL",
    status: "DELIVERED",
    recipientEmail: "ops@example.com",
    dateDelivered: "2026-11-21T08:00:05.000Z",
  });
  expect(webhook).toMatchObject({ ...common, medium: "WEBHOOK", status: "READY", errorMessage: "refused" });
  expect(webhook?.["runId"]).toBe(email?.["runId"]);
  expect(webhook?.["id"]).not.toBe(email?.["id"]);
});

test.each([
  ["notificationTypes=WEEKLY_REPORT", 0],
  ["notificationTypes=WEEKLY_REPORT,TOKEN_EXPIRES_IN_N_DAYS", 1],
  ["statuses=DELIVERED", 1],
  ["statuses=FAILED", 0],
  ["mediums=SLACK", 0],
  ["mediums=SLACK&mediums=EMAIL", 1],
  ["fromDate=2026-11-21T08:00:00", 1],
  ["untilDate=2026-11-21T08:00:00", 0],
  ["pageSize=1&page=1", 0],
  ["orderBy=DESC", 1],
])("the notification log with %s has %d entries", async (query, count) => {
  await server.context.database.insertInto("notices").values(aNotice()).execute();
  const { body } = await call(`GET /notifications/logs?${query}`);
  expect(rowsOf(body, "logs")).toHaveLength(count);
});

const USER = { type: "default", role: "USER" };

test("users have BASIC roles where keys have DEFAULT ones; disabled users have none to show", async () => {
  await server.call("PUT /v1/roles/viewer", { body: { displayName: "Viewer", permissions: [] } });
  const roles = [USER, { type: "custom", tag: "viewer" }];
  const add = (email: string, fields: object = {}) =>
    server.call("POST /v1/users", { body: { email, name: email.split("@")[0], roles, ...fields } });
  await add("ann@example.com");
  server.clock.advance(1);
  await add("Bob@example.com", { roles: [USER] });
  await add("gone@example.com", { status: "disabled" });
  const { status, body } = await call("GET /users/roles");
  expect(status).toBe(200);
  expect(body).toEqual({
    users: [
      {
        email: "ann@example.com",
        name: "ann",
        roles: [
          { type: "BASIC", role: "USER" },
          { type: "CUSTOM", tag: "viewer" },
        ],
      },
      { email: "bob@example.com", name: "Bob", roles: [{ type: "BASIC", role: "USER" }] },
    ],
    page: 0,
    total: 2,
    totalPages: 1,
  });
  const some = await call("GET /users/roles?email=BOB@example.com,nobody@example.com&pageSize=1&page=0");
  expect(rowsOf(some.body, "users").map(({ name }) => name)).toEqual(["Bob"]);
  expect((await call("GET /users/roles?pageSize=1&page=1")).body).toMatchObject({ page: 1, total: 2 });
});

test("A1: each neighbour asks for its own permission", async () => {
  const targets = {
    "GET /secrets?pageSize=1&page=0": "Create secrets",
    "GET /secrets/x": "Create secrets",
    "DELETE /secrets/x": "Create secrets",
    "GET /ip-allowlist": "Configure IP allowlist",
    "PUT /ip-allowlist": "Configure IP allowlist",
    "POST /ip-allowlist/validate": "Configure IP allowlist",
    "GET /audit-logs?pageSize=1&page=0": "View audit logs",
    "GET /notifications/logs": "View notification logs",
    "GET /users/roles": "View users",
  };
  const { secret: token } = await server.makeKey({ roles: [USER] });
  for (const [target, permission] of Object.entries(targets)) {
    const { status, body } = await call(target, { token });
    expect([target, status, body["message"]]).toEqual([
      target,
      403,
      `The API key needs the permission "${permission}"`,
    ]);
  }
});

test("A12: a secret's value stands in no answer and not in plain in the database", async () => {
  const secret = "correct horse battery staple";
  const answers = [
    await makeSecret("s", { secret }),
    await call("GET /secrets/s"),
    await call("GET /secrets?pageSize=9&page=0"),
  ];
  for (const { text } of answers) expect(text).not.toContain(secret);
  const row = await server.context.database.selectFrom("secrets").selectAll().executeTakeFirst();
  expect(JSON.stringify(row)).not.toContain(secret);
});
