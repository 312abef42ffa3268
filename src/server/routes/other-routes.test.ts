import { afterEach, beforeEach, expect, test } from "vitest";
import { PERMISSIONS } from "../domain/permissions.ts";
import { type TestServer, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const aRole = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  displayName: "Viewer",
  permissions: ["View roles", "View API keys"],
  ...overrides,
});
const put = (tag: string, body: unknown, headers = {}) =>
  server.call(`PUT /v1/roles/${tag}`, { body, headers });
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;

test("200: the store says who it is, what it takes, and who asks", async () => {
  const { status, body } = await server.call("GET /v1/store");
  expect(status).toBe(200);
  expect(body).toEqual({
    id: server.context.storeId,
    version: "1",
    keyFormat: { prefix: "kw", environment: "live" },
    pendingTtlSeconds: 900,
    maxPageSize: 1000,
    time: "2026-11-21T08:00:00.000Z",
    caller: { id: expect.any(String) as string, roles: [{ type: "default", role: "ADMIN" }] },
  });
  expect(body["id"]).toMatch(/^ks_[0-9a-f]{16}$/);
});

test("200: the health check asks for no key and tells nothing", async () => {
  expect((await server.call("GET /healthz", { token: null })).text).toBe('{"status":"ok"}');
});

test("201, 200: a role is created, then replaced as a whole", async () => {
  const created = await put("viewer", aRole({ description: "d", instance: "acme" }));
  expect([created.status, created.body["permissions"]]).toEqual([201, ["View API keys", "View roles"]]);
  server.clock.advance(1000);
  const replaced = await put("viewer", aRole({ displayName: "V", instance: "acme" }));
  expect([replaced.status, replaced.body]).toEqual([
    200,
    { ...created.body, displayName: "V", description: "" },
  ]);
});

test("200: default roles are listed with their permissions, each holding those of the one below", async () => {
  const { body } = await server.call("GET /v1/roles");
  const roles = body["roles"] as { tag: string; type: string; permissions: string[] }[];
  expect(roles.map(({ tag, type }) => `${tag} ${type}`)).toEqual(
    ["READ_ONLY", "USER", "MANAGER", "ADMIN"].map((tag) => `${tag} default`),
  );
  for (const [index, { permissions }] of roles.entries()) {
    expect(permissions).toEqual(expect.arrayContaining(roles[index - 1]?.permissions ?? []));
  }
});

test("400: unknown permissions, tags and properties are refused", async () => {
  expect((await put("viewer", aRole({ permissions: ["Rule the world"] }))).status).toBe(400);
  expect((await put("view%20er", aRole())).status).toBe(400);
  expect((await put("viewer", aRole({ type: "default" }))).status).toBe(400);
});

test("200: every permission is listed with a sentence about it", async () => {
  const { body } = await server.call("GET /v1/permissions");
  const permissions = body["permissions"] as { name: string; description: string }[];
  expect(permissions.map(({ name }) => name)).toEqual(PERMISSIONS);
  for (const { description } of permissions) expect(description).toMatch(/^[A-Z].+\.$/);
});

test("409: default roles cannot be replaced, in any spelling, nor deleted", async () => {
  expect((await put("ADMIN", aRole())).body["type"]).toBe(problem("role-reserved"));
  expect((await put("read_only", aRole())).status).toBe(409);
  expect((await server.call("DELETE /v1/roles/ADMIN")).status).toBe(409);
});

test("409: an instance takes over neither a role made by hand nor another instance's", async () => {
  await put("by-hand", aRole());
  await put("acmes", aRole({ instance: "acme" }));
  expect((await put("by-hand", aRole({ displayName: "V", instance: "acme" }))).status).toBe(409);
  const theft = await put("acmes", aRole({ displayName: "V", instance: "other" }));
  expect(theft.body["detail"]).toBe("The role acmes is managed by acme.");
});

test("412: If-None-Match and If-Match guard creating and replacing; equal content is success", async () => {
  expect((await put("viewer", aRole(), { "if-match": "*" })).status).toBe(412);
  expect((await put("viewer", aRole(), { "if-none-match": "*" })).status).toBe(201);
  expect((await put("viewer", aRole(), { "if-none-match": "*" })).status).toBe(200);
  expect((await put("viewer", aRole({ displayName: "V" }), { "if-none-match": "*" })).status).toBe(412);
  expect((await put("viewer", aRole({ displayName: "V" }), { "if-match": '"etag"' })).status).toBe(412);
  expect((await put("viewer", aRole(), { "if-match": "etag" })).status).toBe(400);
});

test("409, 204, 404: a role goes when no live key has it", async () => {
  await put("viewer", aRole());
  const { id } = await server.makeKey({ roles: [{ type: "custom", tag: "viewer" }] });
  expect((await server.call("DELETE /v1/roles/viewer")).body["detail"]).toContain(id);
  await server.call(`DELETE /v1/keys/${id}`);
  expect((await server.call("DELETE /v1/roles/viewer")).status).toBe(204);
  expect((await server.call("DELETE /v1/roles/viewer")).status).toBe(404);
});

test("A5: nobody grants permissions that they lack, nor edits a role of their own", async () => {
  await put("role-editor", aRole({ permissions: ["Edit roles", "View roles"] }));
  const { secret: token } = await server.makeKey({ roles: [{ type: "custom", tag: "role-editor" }] });
  const grant = { body: aRole({ permissions: ["Edit API keys"] }), token };
  expect((await server.call("PUT /v1/roles/other", grant)).status).toBe(403);
  const own = { body: aRole({ permissions: ["Edit roles"] }), token };
  expect((await server.call("PUT /v1/roles/role-editor", own)).status).toBe(403);
  expect((await server.call("PUT /v1/roles/other", own)).status).toBe(201);
});

test("A5: nobody edits or deletes a role that holds what they lack", async () => {
  await put("role-editor", aRole({ permissions: ["Edit roles", "View roles"] }));
  await put("policy-editor", aRole({ permissions: ["Edit security policy"] }));
  const { secret: token } = await server.makeKey({ roles: [{ type: "custom", tag: "role-editor" }] });
  const body = aRole({ permissions: [] });
  expect((await server.call("PUT /v1/roles/policy-editor", { body, token })).status).toBe(403);
  expect((await server.call("DELETE /v1/roles/policy-editor", { token })).status).toBe(403);
  expect((await server.call("GET /v1/roles")).text).toContain("Edit security policy");
  expect((await server.call("DELETE /v1/roles/policy-editor")).status).toBe(204);
});

test("a change of a role holds for the next request of its keys", async () => {
  await put("viewer", aRole());
  const { secret: token } = await server.makeKey({ roles: [{ type: "custom", tag: "viewer" }] });
  expect((await server.call("GET /v1/keys", { token })).status).toBe(200);
  await put("viewer", aRole({ permissions: ["View roles"] }));
  expect((await server.call("GET /v1/keys", { token })).status).toBe(403);
});

test("200: a policy is replaced as a whole; out of range is 400", async () => {
  const none = { requireExpiration: false, maxLifetimeDays: null, allowedRoles: null };
  expect((await server.call("GET /v1/policy")).body).toEqual({ ...none, version: 0 });
  const policy = { requireExpiration: true, maxLifetimeDays: 400, allowedRoles: ["USER", "custom:viewer"] };
  await server.call("PUT /v1/policy", { body: policy });
  expect((await server.call("GET /v1/policy")).body).toEqual({ ...policy, version: 1 });
  await server.call("PUT /v1/policy", { body: { requireExpiration: false } });
  expect((await server.call("GET /v1/policy")).body).toEqual({ ...none, version: 2 });
  for (const maxLifetimeDays of [0, 401, 1.5, "5"]) {
    const body = { requireExpiration: true, maxLifetimeDays };
    expect((await server.call("PUT /v1/policy", { body })).status).toBe(400);
  }
});

test("200: verifying tells a key's rights, or why it is not valid", async () => {
  const { id, secret } = await server.makeKey({ expiresAt: "2026-11-21T09:00:00Z" });
  const verify = async (key: string) => (await server.call("POST /v1/verify", { body: { key } })).body;
  expect(await verify(secret.reveal())).toEqual({
    valid: true,
    type: "API_KEY",
    id,
    name: "Scanner",
    owner: null,
    roles: [{ type: "default", role: "READ_ONLY" }],
    permissions: ["View API keys", "View roles", "View security policy"],
    expiresAt: "2026-11-21T09:00:00.000Z",
  });
  expect(await verify(newSecret().reveal())).toEqual({ valid: false, reason: "unknown" });
  expect(await verify("kw_live_garbage")).toEqual({ valid: false, reason: "malformed" });
  server.clock.advance(60 * 60_000 - 1);
  expect(await verify(secret.reveal())).toMatchObject({ valid: true });
  server.clock.advance(1);
  expect(await verify(secret.reveal())).toEqual({ valid: false, reason: "expired" });
  await server.call(`DELETE /v1/keys/${id}`);
  expect(await verify(secret.reveal())).toEqual({ valid: false, reason: "revoked" });
});

test("a pending key is activated by its first use, once, also by many at the same time", async () => {
  const { id, secret } = await server.makeKey({}, "pending");
  const body = { key: secret.reveal() };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => server.call("POST /v1/verify", { body })),
  );
  expect(answers.every((answer) => answer.body["valid"] === true)).toBe(true);
  expect((await server.call(`GET /v1/keys/${id}`)).body).toMatchObject({ status: "active", version: 2 });
});

test("authenticating with a pending key is a first use too", async () => {
  const { id, secret } = await server.makeKey({}, "pending");
  expect((await server.call("GET /v1/store", { token: secret })).status).toBe(200);
  expect((await server.call(`GET /v1/keys/${id}`)).body["status"]).toBe("active");
});

test("pending keys that lapsed are swept by the next create", async () => {
  const { id } = await server.makeKey({}, "pending");
  server.clock.advance(16 * 60_000);
  await server.makeKey();
  const row = await server.context.database
    .selectFrom("keys")
    .select(["revoked_at", "pending_until"])
    .where("id", "=", id)
    .executeTakeFirst();
  expect(row).toEqual({ revoked_at: "2026-11-21T08:15:00.000Z", pending_until: null });
});
