/**
 * Every route that changes something, done successfully, leaves its audit entries in the transaction of the change:
 * when they cannot be written, nothing has changed. The routes come from the router.
 */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makePerson, makeUser } from "./routes/user.fixture.ts";
import { type Answer, type TestServer, aNewKey, newSecret, openTestServer } from "./server.fixture.ts";

let server: TestServer;
beforeAll(async () => {
  const unlimited = {
    cortex: { requestsPerMinute: 1e9 },
    cortexCloudLimit: { requests: 1e9, windowMs: 1000 },
  };
  server = await openTestServer(undefined, unlimited);
});
afterAll(() => server.close());
afterEach(unblockAudit);

interface Change {
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: TestServer["admin"];
}

/** Asks and changes nothing: what it is, rather than what HTTP would call it. */
const QUESTIONS = [
  "POST /v1/verify",
  "POST /v1/ip-allowlist/validate",
  "POST /api/v1/ip-allowlist/validate",
  "POST /public_api/v1/api_keys/get_api_keys",
  "POST /public_api/v1/asset-groups",
  "POST /public_api/v1/audits/management_logs",
];

let count = 0;
const fresh = (prefix: string): string => `${prefix}${(count += 1)}`;

const keyPath = async (suffix = "", state?: "pending"): Promise<string> =>
  `/v1/keys/${(await server.makeKey({}, state)).id}${suffix}`;

async function rowOf(id: string) {
  return server.context.database
    .selectFrom("keys")
    .select(["cid", "number"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

async function makeRole(): Promise<string> {
  const tag = fresh("role-");
  await server.call(`PUT /v1/roles/${tag}`, { body: { displayName: tag, permissions: [] } });
  return tag;
}

async function makeSecret(): Promise<string> {
  const tag = fresh("secret_");
  await server.call("POST /v1/secrets", { body: { tag, name: "Deploy", value: "x" } });
  return tag;
}

const cloudKey = async (): Promise<number> => (await rowOf((await server.makeKey()).id)).number;
const cortexKey = async (): Promise<string> =>
  `/api/v1/auth/key/${(await rowOf((await server.makeKey()).id)).cid}`;
const data = (content: object) => ({ body: { request_data: content } });

/** A request for each changing route, on things made for it. */
const CHANGES: Readonly<Record<string, () => Promise<Change>>> = {
  "POST /v1/keys": async () => ({
    url: "/v1/keys",
    body: aNewKey(newSecret()),
    headers: { "idempotency-key": fresh("op-") },
  }),
  "PATCH /v1/keys/:id": async () => ({ url: await keyPath(), body: { name: "Renamed" } }),
  "DELETE /v1/keys/:id": async () => ({ url: await keyPath() }),
  "POST /v1/keys/:id/activate": async () => ({ url: await keyPath("/activate", "pending") }),
  "POST /v1/keys/:id/rotate": async () => ({
    url: await keyPath("/rotate"),
    body: {},
    headers: { "idempotency-key": fresh("op-") },
  }),
  "PUT /v1/roles/:tag": async () => ({
    url: `/v1/roles/${fresh("role-")}`,
    body: { displayName: "New", permissions: [] },
  }),
  "DELETE /v1/roles/:tag": async () => ({ url: `/v1/roles/${await makeRole()}` }),
  "PUT /v1/policy": async () => ({
    url: "/v1/policy",
    body: { requireExpiration: false, maxLifetimeDays: 399 },
  }),
  "POST /v1/secrets": async () => ({
    url: "/v1/secrets",
    body: { tag: fresh("secret_"), name: "New", value: "x" },
  }),
  "PATCH /v1/secrets/:tagOrId": async () => ({
    url: `/v1/secrets/${await makeSecret()}`,
    body: { name: "Renamed" },
  }),
  "DELETE /v1/secrets/:tagOrId": async () => ({ url: `/v1/secrets/${await makeSecret()}` }),
  "PUT /v1/ip-allowlist": async () => ({
    url: "/v1/ip-allowlist",
    body: { entries: [{ address: "127.0.0.1" }, { address: "10.0.0.0/8" }] },
  }),
  "POST /v1/users": async () => ({
    url: "/v1/users",
    body: { email: `${fresh("new")}@example.com`, name: "New", roles: [{ type: "default", role: "USER" }] },
  }),
  "PATCH /v1/users/:id": async () => ({
    url: `/v1/users/${await makeUser(server)}`,
    body: { name: "Renamed" },
  }),
  "DELETE /v1/users/:id": async () => ({ url: `/v1/users/${await makeUser(server)}` }),
  "POST /v1/users/:id/tokens": async () => ({
    url: `/v1/users/${await makeUser(server)}/tokens`,
    body: { name: "Laptop" },
  }),
  "DELETE /v1/users/:id/tokens/:token": async () => {
    const { userId, tokenId } = await makePerson(server);
    return { url: `/v1/users/${userId}/tokens/${tokenId}` };
  },
  "POST /v1/tokens": async () => ({
    url: "/v1/tokens",
    body: { name: "Second" },
    token: (await makePerson(server)).token,
  }),
  "PATCH /v1/tokens/:id": async () => {
    const { tokenId, token } = await makePerson(server);
    return { url: `/v1/tokens/${tokenId}`, body: { name: "Renamed" }, token };
  },
  "DELETE /v1/tokens/:id": async () => {
    const { userId, token } = await makePerson(server);
    const second = await server.call("POST /v1/tokens", { token, body: { name: "Second" } });
    if (second.status !== 201) throw new Error(`${userId}: ${second.text}`);
    return { url: `/v1/tokens/${String(second.body["id"])}`, token };
  },
  "POST /api/v1/auth/key": async () => ({
    url: "/api/v1/auth/key",
    body: { name: "New", roles: [{ type: "DEFAULT", role: "USER" }] },
  }),
  "PUT /api/v1/auth/key/:cid": async () => ({ url: await cortexKey(), body: { name: "Renamed" } }),
  "DELETE /api/v1/auth/key/:cid": async () => ({ url: await cortexKey() }),
  "POST /api/v1/secrets": async () => ({
    url: "/api/v1/secrets",
    body: { name: "New", secret: "x", tag: fresh("secret_") },
  }),
  "PUT /api/v1/secrets/:tagOrId": async () => ({
    url: `/api/v1/secrets/${await makeSecret()}`,
    body: { name: "Renamed" },
  }),
  "DELETE /api/v1/secrets/:tagOrId": async () => ({ url: `/api/v1/secrets/${await makeSecret()}` }),
  "PUT /api/v1/ip-allowlist": async () => ({
    url: "/api/v1/ip-allowlist",
    body: { entries: [{ address: "127.0.0.1" }, { address: "172.16.0.0/12" }] },
  }),
  "POST /public_api/v1/api_keys/generate": async () => ({
    url: "/public_api/v1/api_keys/generate",
    ...data({ roles: ["Viewer"], security_level: "standard" }),
  }),
  "POST /public_api/v1/api_keys/delete": async () => ({
    url: "/public_api/v1/api_keys/delete",
    ...data({ filters: [{ field: "id", operator: "in", value: [await cloudKey()] }] }),
  }),
  "PUT /platform/iam/v1/api-key/:id": async () => ({
    url: `/platform/iam/v1/api-key/${await cloudKey()}`,
    ...data({ roles: ["READ_ONLY"], security_level: "standard", comment: "Renamed" }),
  }),
  "POST /platform/iam/v1/role": async () => ({
    url: "/platform/iam/v1/role",
    ...data({ pretty_name: fresh("Role "), component_permissions: [] }),
  }),
  "DELETE /platform/iam/v1/role/:id": async () => ({ url: `/platform/iam/v1/role/${await makeRole()}` }),
  "PUT /platform/iam/v1/scope/api-key/:id": async () => ({
    url: `/platform/iam/v1/scope/api-key/${await cloudKey()}`,
    ...data({ cases_issues: { mode: "no_scope", names: [] } }),
  }),
};

function send(route: string, { url, body, headers = {}, token = server.admin }: Change): Promise<Answer> {
  const isCloud = /^\/(public_api|platform)\//.test(url);
  const credential: Record<string, string> = isCloud
    ? { authorization: token.reveal(), "x-xdr-auth-id": "1" }
    : { authorization: `Bearer ${token.reveal()}` };
  return server.call(`${route.split(" ")[0]} ${url}`, {
    token: null,
    headers: { ...credential, ...headers },
    ...(body !== undefined && { body }),
  });
}

const TABLES = [
  "store",
  "change_head",
  "keys",
  "key_labels",
  "key_roles",
  "roles",
  "security_policy",
  "users",
  "personal_tokens",
  "secrets",
  "ip_allowlist",
  "notices",
] as const;

/** All that a change can change, but the log itself. */
async function snapshot(): Promise<string> {
  const { database } = server.context;
  const tables = await Promise.all(TABLES.map((table) => database.selectFrom(table).selectAll().execute()));
  return JSON.stringify(tables.map((rows) => rows.map((row) => JSON.stringify(row)).toSorted()));
}

const head = async (): Promise<number> =>
  (await server.context.database.selectFrom("change_head").select("seq").executeTakeFirstOrThrow()).seq;

let blockedAt: number | undefined;

/** From now on the next entry finds its place taken. */
async function blockAudit(): Promise<void> {
  blockedAt = (await head()) + 1;
  const text = { at: "x", actor_type: "SYSTEM", action: "READ", object_type: "STORE", object_id: "x" };
  const rest = { actor_id: null, ip_address: null, details: "{}", hash: "x" };
  await server.context.database
    .insertInto("audit_log")
    .values({ seq: blockedAt, ...text, ...rest })
    .execute();
}

async function unblockAudit(): Promise<void> {
  if (blockedAt === undefined) return;
  await server.context.database.deleteFrom("audit_log").where("seq", "=", blockedAt).execute();
  blockedAt = undefined;
}

test("A13: these tests know a change for every changing route that there is", () => {
  const changing = server.app.declaredRoutes
    .filter(({ method, url }) => method !== "GET" && !url.endsWith("/"))
    .map(({ method, url }) => `${method} ${url}`);
  expect(Object.keys(CHANGES).concat(QUESTIONS).toSorted()).toEqual(changing.toSorted());
});

test.each(Object.keys(CHANGES))(
  "A13: %s leaves an audit entry, and changes nothing without it",
  async (route) => {
    const change = await (CHANGES[route] as () => Promise<Change>)();
    await blockAudit();
    const before = await snapshot();
    const refused = await send(route, change);
    expect([refused.status, await snapshot()]).toEqual([500, before]);
    await unblockAudit();
    const seq = await head();
    const done = await send(route, change);
    expect(done.status, done.text).toBeLessThan(300);
    expect(await head()).toBeGreaterThan(seq);
    const entries = await server.context.database
      .selectFrom("audit_log")
      .selectAll()
      .where("seq", ">", seq)
      .execute();
    expect(entries.some(({ actor_id: actor }) => actor !== null)).toBe(true);
    expect(await snapshot()).not.toBe(before);
  },
);

test("A13: questions leave no entry, but for reading secrets", async () => {
  const tag = await makeSecret();
  const seq = await head();
  await server.call("POST /v1/verify", { body: { key: server.admin.reveal() } });
  await server.call("POST /v1/ip-allowlist/validate", { body: { entries: [] } });
  await server.call("GET /v1/keys");
  await server.call("GET /v1/audit-log");
  expect(await head()).toBe(seq);
  for (const path of [
    `/v1/secrets/${tag}`,
    "/v1/secrets",
    `/api/v1/secrets/${tag}`,
    "/api/v1/secrets?page=0&pageSize=9",
  ]) {
    const at = await head();
    expect([path, (await server.call(`GET ${path}`)).status]).toEqual([path, 200]);
    expect([path, await head()]).toEqual([path, at + 1]);
  }
});

test("A13: after all of this the log is whole, and holds no secret, digest or hash of one", async () => {
  const check = await server.call("GET /v1/audit-log/verification");
  expect(check.body).toMatchObject({ whole: true });
  const rows = await server.context.database.selectFrom("audit_log").select("details").execute();
  const digests = await server.context.database.selectFrom("keys").select(["digest", "sealed_key"]).execute();
  const text = rows.map(({ details }) => details).join("\n");
  expect(digests.length).toBeGreaterThan(5);
  for (const { digest } of digests) expect(text).not.toContain(digest);
  expect(text).not.toMatch(/[0-9a-f]{64}|kw_live_[A-Za-z0-9]{20}/);
});

test("A13: text that would break a log line stays inside one JSON line", async () => {
  const odd = 'a\r\n\u001b]8;;\u2028\u0085"}{';
  await server.call(`DELETE /v1/roles/${encodeURIComponent(odd)}`);
  await server.call("POST /v1/verify", { body: { key: odd } });
  await server.call("PUT /v1/policy", { body: { requireExpiration: false, allowedRoles: ["READ_ONLY"] } });
  const described = await server.makeKey({ description: "two\nlines", name: "Sca\u00e9nner \u{1f511}" });
  await server.call(`PATCH /v1/keys/${described.id}`, { body: { description: "other\n\tlines" } });
  const { text } = await server.call("GET /v1/audit-log?limit=1000");
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u001f\u0085\u2028\u2029]/);
  const { body } = await server.call(`GET /v1/audit-log?objectId=${described.id}&action=UPDATE`);
  expect(body["entries"]).toMatchObject([{ details: { description: "other\n\tlines" } }]);
});
