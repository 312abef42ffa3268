import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyAudit } from "../domain/verify-audit.ts";
import { createApp } from "../create-app.ts";
import { type TestServer, createCall, openTestServer } from "../server.fixture.ts";
import { ADMIN, READ_ONLY, aUser, makePerson, makeToken, makeUser } from "./user.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const MISSING = "user_0000000000000000ffffffff";
const MANAGER = [{ type: "default", role: "MANAGER" }] as const;
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;
const emailsOf = (body: Readonly<Record<string, unknown>>) =>
  (body["users"] as { email: string }[]).map(({ email }) => email);

/** A role that may edit users but little else. */
async function makeUserEditor(): Promise<{ type: "custom"; tag: string }> {
  const permissions = ["Edit users", "View users", "View API keys", "View roles", "View security policy"];
  await server.call("PUT /v1/roles/user-editor", { body: { displayName: "User editor", permissions } });
  return { type: "custom", tag: "user-editor" };
}

test("201, 200: a user is made and read back, the e-mail address in lower case", async () => {
  const created = await server.call("POST /v1/users", {
    body: { email: "Ada.Lovelace@Example.COM", name: "Ada", roles: MANAGER },
  });
  expect([created.status, created.body]).toEqual([
    201,
    {
      id: expect.stringMatching(/^user_[0-9a-f]{24}$/) as string,
      email: "ada.lovelace@example.com",
      name: "Ada",
      roles: MANAGER,
      status: "active",
      createdAt: "2026-11-21T08:00:00.000Z",
      updatedAt: "2026-11-21T08:00:00.000Z",
      version: 1,
    },
  ]);
  const read = await server.call(`GET /v1/users/${String(created.body["id"])}`);
  expect([read.status, read.body, read.headers["etag"]]).toEqual([
    200,
    created.body,
    created.headers["etag"],
  ]);
});

test("200: users come page by page, and can be sought by e-mail address in any case", async () => {
  const emails = ["a@example.com", "b@example.com", "c@example.com"];
  for (const email of emails) {
    await makeUser(server, { email });
    server.clock.advance(1);
  }
  const first = await server.call("GET /v1/users?limit=2");
  const second = await server.call(`GET /v1/users?limit=2&cursor=${String(first.body["nextCursor"])}`);
  expect([...emailsOf(first.body), ...emailsOf(second.body)]).toEqual(emails);
  expect(second.body["nextCursor"]).toBeNull();
  expect(emailsOf((await server.call("GET /v1/users?email=B%40example.com")).body)).toEqual([emails[1]]);
});

test("400: a cursor of another listing, unknown fields and addresses that are none are refused", async () => {
  const key = Buffer.from("key_0000000000000000ffffffff").toString("base64url");
  expect((await server.call(`GET /v1/users?cursor=${key}`)).status).toBe(400);
  for (const wrong of [
    { email: "nobody" },
    { email: "a b@example.com" },
    { email: "a@b@example.com" },
    { roles: [] },
    { id: MISSING },
    { status: "deleted" },
    { name: "" },
  ]) {
    expect((await server.call("POST /v1/users", { body: aUser(wrong) })).status).toBe(400);
  }
});

test("404: a user who is not there is neither read, changed nor deleted, nor has tokens", async () => {
  const body = { name: "x" };
  const answers = await Promise.all([
    server.call(`GET /v1/users/${MISSING}`),
    server.call(`PATCH /v1/users/${MISSING}`, { body }),
    server.call(`DELETE /v1/users/${MISSING}`),
    server.call(`GET /v1/users/${MISSING}/tokens`),
    server.call(`POST /v1/users/${MISSING}/tokens`, { body }),
    server.call(`DELETE /v1/users/${MISSING}/tokens/pat_1`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
});

test("409: an e-mail address belongs to one user, whatever its case", async () => {
  await makeUser(server, { email: "ada@example.com" });
  const again = await server.call("POST /v1/users", { body: aUser({ email: "ADA@example.com" }) });
  expect([again.status, again.body["type"]]).toEqual([409, problem("email-taken")]);
  const other = await makeUser(server);
  const moved = await server.call(`PATCH /v1/users/${other}`, { body: { email: "Ada@example.com" } });
  expect(moved.status).toBe(409);
  const same = await server.call(`PATCH /v1/users/${other}`, { body: { name: "Grace" } });
  expect([same.status, same.body["version"]]).toEqual([200, 2]);
});

test("422: a role that is not there cannot be given", async () => {
  const roles = [{ type: "custom", tag: "ghost" }];
  const created = await server.call("POST /v1/users", { body: aUser({ roles }) });
  expect([created.status, created.body["type"]]).toEqual([422, problem("unknown-role")]);
  const id = await makeUser(server);
  expect((await server.call(`PATCH /v1/users/${id}`, { body: { roles } })).status).toBe(422);
});

test("200: a patch that changes nothing is no change", async () => {
  const id = await makeUser(server);
  const same = await server.call(`PATCH /v1/users/${id}`, { body: { roles: READ_ONLY, status: "active" } });
  expect([same.status, same.body["version"]]).toEqual([200, 1]);
});

test("412: a user who has changed since is neither changed nor deleted", async () => {
  const id = await makeUser(server);
  const headers = { "if-match": String((await server.call(`GET /v1/users/${id}`)).headers["etag"]) };
  await server.call(`PATCH /v1/users/${id}`, { body: { name: "Grace" } });
  const late = await server.call(`PATCH /v1/users/${id}`, { body: { name: "Mary" }, headers });
  expect([late.status, (await server.call(`DELETE /v1/users/${id}`, { headers })).status]).toEqual([
    412, 412,
  ]);
  const fresh = { "if-match": String((await server.call(`GET /v1/users/${id}`)).headers["etag"]) };
  expect((await server.call(`DELETE /v1/users/${id}`, { headers: fresh })).status).toBe(204);
});

test("204: deleting a user ends the tokens for good and frees the e-mail address", async () => {
  const email = "ada@example.com";
  const { userId, token } = await makePerson(server, { email });
  expect((await server.call(`DELETE /v1/users/${userId}`)).status).toBe(204);
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
  expect((await server.call(`GET /v1/users/${userId}`)).status).toBe(404);
  const again = await makeUser(server, { email });
  expect(again).not.toBe(userId);
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
  expect((await server.call(`GET /v1/users/${again}/tokens`)).body["tokens"]).toEqual([]);
});

test("A5: demoting a user holds for the very next request of their tokens", async () => {
  const { userId, token } = await makePerson(server, { roles: ADMIN });
  expect((await server.call("GET /v1/users", { token })).status).toBe(200);
  await server.call(`PATCH /v1/users/${userId}`, { body: { roles: READ_ONLY } });
  expect((await server.call("GET /v1/users", { token })).status).toBe(403);
  expect((await server.call("GET /v1/keys", { token })).status).toBe(200);
});

test("A5: what another process does to a user or token holds for the very next request here", async () => {
  const { userId, token } = await makePerson(server, { roles: ADMIN });
  const spare = await makeToken(server, userId);
  const again = await server.openAgain();
  const app = createApp(again.context);
  const there = createCall(app, server.admin);
  const users = (secret = token) => server.call("GET /v1/users", { token: secret });
  expect([(await users()).status, (await users(spare.secret)).status]).toEqual([200, 200]);
  await there(`PATCH /v1/users/${userId}`, { body: { roles: READ_ONLY } });
  expect((await users()).status).toBe(403);
  await there(`PATCH /v1/users/${userId}`, { body: { roles: ADMIN } });
  expect((await users()).status).toBe(200);
  await there(`DELETE /v1/users/${userId}/tokens/${spare.id}`);
  expect([(await users()).status, (await users(spare.secret)).status]).toEqual([200, 401]);
  await there(`PATCH /v1/users/${userId}`, { body: { status: "disabled" } });
  expect((await users()).status).toBe(401);
  await there(`PATCH /v1/users/${userId}`, { body: { status: "active" } });
  expect((await users()).status).toBe(200);
  await there(`DELETE /v1/users/${userId}`);
  expect((await users()).status).toBe(401);
  await app.close();
  await again.close();
});

test("A5: a role that is lowered lowers the tokens of all who have it", async () => {
  const { token } = await makePerson(server, { roles: [await makeUserEditor()] });
  expect((await server.call("GET /v1/users", { token })).status).toBe(200);
  await server.call("PUT /v1/roles/user-editor", { body: { displayName: "x", permissions: [] } });
  expect((await server.call("GET /v1/users", { token })).status).toBe(403);
});

test("A5: disabling a user refuses the tokens at once, enabling accepts them again", async () => {
  const { userId, token } = await makePerson(server);
  const set = (status: string) => server.call(`PATCH /v1/users/${userId}`, { body: { status } });
  expect((await server.call("GET /v1/store", { token })).status).toBe(200);
  await set("disabled");
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
  const { body } = await server.call(`GET /v1/users/${userId}/tokens`);
  expect((body["tokens"] as { status: string }[]).map(({ status }) => status)).toEqual(["disabled"]);
  const refused = await server.call(`POST /v1/users/${userId}/tokens`, { body: { name: "x" } });
  expect([refused.status, refused.body["type"]]).toEqual([409, problem("user-disabled")]);
  await set("active");
  expect((await server.call("GET /v1/store", { token })).status).toBe(200);
});

test("A5: nobody gives a user more than they may themselves", async () => {
  const { token } = await makePerson(server, { roles: [await makeUserEditor()] });
  const above = await server.call("POST /v1/users", { body: aUser({ roles: MANAGER }), token });
  expect([above.status, above.body["detail"]]).toEqual([403, expect.stringContaining("Edit API keys")]);
  const id = await makeUser(server, {}, { token });
  const raised = await server.call(`PATCH /v1/users/${id}`, { body: { roles: ADMIN }, token });
  expect(raised.status).toBe(403);
  expect((await server.call(`PATCH /v1/users/${id}`, { body: { name: "Grace" }, token })).status).toBe(200);
});

test("A5: nobody touches a user above them, nor that user's tokens", async () => {
  const { token } = await makePerson(server, { roles: [await makeUserEditor()] });
  const boss = await makePerson(server, { roles: ADMIN });
  const path = `/v1/users/${boss.userId}`;
  const answers = [
    await server.call(`PATCH ${path}`, { body: { email: "mine@example.com" }, token }),
    await server.call(`DELETE ${path}`, { token }),
    await server.call(`GET ${path}/tokens`, { token }),
    await server.call(`POST ${path}/tokens`, { body: { name: "x" }, token }),
    await server.call(`DELETE ${path}/tokens/${boss.tokenId}`, { token }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect((await server.call("GET /v1/users", { token: boss.token })).status).toBe(200);
});

test("A5: nobody edits their own role or status, nor deletes themselves; their name they may", async () => {
  const { userId, token } = await makePerson(server, { roles: ADMIN });
  const patch = (body: unknown) => server.call(`PATCH /v1/users/${userId}`, { body, token });
  expect((await patch({ roles: READ_ONLY })).status).toBe(403);
  expect((await patch({ status: "disabled" })).status).toBe(403);
  expect((await server.call(`DELETE /v1/users/${userId}`, { token })).status).toBe(403);
  expect((await patch({ name: "Grace", roles: ADMIN, status: "active" })).status).toBe(200);
});

test("409: a custom role that a user has cannot be deleted", async () => {
  const role = await makeUserEditor();
  const userId = await makeUser(server, { roles: [role] });
  const refused = await server.call("DELETE /v1/roles/user-editor");
  expect([refused.status, refused.body["detail"]]).toEqual([409, expect.stringContaining(userId)]);
  await server.call(`PATCH /v1/users/${userId}`, { body: { roles: READ_ONLY } });
  expect((await server.call("DELETE /v1/roles/user-editor")).status).toBe(204);
});

test("a role is not in use by a user whose role only looks like it", async () => {
  const content = { displayName: "x", permissions: [] };
  for (const tag of ["a_b", "aXb", "A_B"]) await server.call(`PUT /v1/roles/${tag}`, { body: content });
  await makeUser(server, { roles: [{ type: "custom", tag: "aXb" }] });
  await makeUser(server, { roles: [{ type: "custom", tag: "A_B" }] });
  expect((await server.call("DELETE /v1/roles/a_b")).status).toBe(204);
});

test("A13: what happens to users and tokens is in the audit log, whose chain holds", async () => {
  const { userId, tokenId } = await makePerson(server);
  const spare = await makeToken(server, userId);
  await server.call(`PATCH /v1/users/${userId}`, { body: { name: "Grace" } });
  await server.call(`DELETE /v1/users/${userId}/tokens/${spare.id}`);
  await server.call(`DELETE /v1/users/${userId}`);
  const rows = await server.context.database.selectFrom("audit_log").selectAll().orderBy("seq").execute();
  const told = rows.filter((row) => row.object_type !== "API_KEY");
  expect(told.map((row) => `${row.action} ${row.object_id}`)).toEqual([
    `CREATE ${userId}`,
    `CREATE ${tokenId}`,
    `CREATE ${spare.id}`,
    `UPDATE ${userId}`,
    `REVOKE ${spare.id}`,
    `REVOKE ${tokenId}`,
    `DELETE ${userId}`,
  ]);
  expect(await verifyAudit(server.context.database)).toMatchObject({ whole: true });
});
