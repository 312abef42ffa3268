/** The contract of `/api/v1/auth/key`, promise by promise. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../../core/secret.ts";
import type { Caller } from "../../domain/caller.ts";
import { createKey } from "../../domain/create-key.ts";
import { PERMISSIONS } from "../../domain/permissions.ts";
import { type Call, type TestServer, newSecret, openTestServer } from "../../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
  // The administrator's key was made before; of keys of one millisecond none is the first.
  server.clock.advance(1000);
});
afterEach(() => server.close());

const READ_ONLY = { type: "DEFAULT", role: "READ_ONLY" };
const DAY_MS = 86_400_000;

interface Key {
  readonly cid: string;
  readonly name: string;
  readonly last4: string;
}

const call = (target: string, options: Call = {}) => server.call(target.replace(" ", " /api/v1"), options);
const create = (fields: object = {}, options: Call = {}) =>
  call("POST /auth/key", { body: { name: "Scanner", roles: [READ_ONLY], ...fields }, ...options });
const list = async (query = "pageSize=1000&page=0") =>
  (await call(`GET /auth/key?${query}`)).body as unknown as {
    readonly apiKeys: readonly Key[];
    readonly page: number;
    readonly total: number;
    readonly totalPages: number;
  };
/** Made through the façade; found by what a client has: its name and last four characters. */
async function make(fields: object = {}): Promise<Key & { readonly secret: Secret }> {
  const secret = Secret.of(String((await create(fields)).body["apiKey"]));
  const found = (await list()).apiKeys.find(({ last4 }) => last4 === secret.reveal().slice(-4));
  if (!found) throw new Error("the key is not listed");
  return { ...found, secret };
}
const error = (httpStatus: number, type: string) => ({
  message: expect.stringMatching(/./) as string,
  type,
  requestId: expect.stringMatching(/./) as string,
  httpStatus,
});

test("200: a create answers the secret, the roles and what was asked, without cid and last4", async () => {
  const expirationDate = "2027-01-31T12:00:00+02:00";
  const asked = { description: "what it is for", expirationDate };
  const answer = await create(asked);
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  expect(answer.body).toEqual({
    apiKey: expect.stringMatching(/^kw_live_[0-9A-Za-z]{46}$/) as string,
    name: "Scanner",
    description: "what it is for",
    expirationDate: "2027-01-31T10:00:00.000Z",
    roles: [READ_ONLY],
  });
});

test("a create without description and expiry answers without them, null or left out", async () => {
  for (const fields of [{}, { description: null, expirationDate: null }]) {
    const { body } = await create(fields);
    expect(Object.keys(body).sort()).toEqual(["apiKey", "name", "roles"]);
  }
  const [key] = (await list()).apiKeys.slice(-1);
  expect(Object.keys(key ?? {}).sort()).toEqual(["cid", "createdDate", "last4", "name", "roles"]);
});

test("a new key works at once, with the rights of its roles", async () => {
  const { secret } = await make({ roles: [{ type: "DEFAULT", role: "ADMIN" }] });
  expect((await call("GET /auth/key?pageSize=1&page=0", { token: secret })).status).toBe(200);
  const weak = await make();
  expect((await server.call("GET /v1/store", { token: weak.secret })).status).toBe(200);
  const verified = await server.call("POST /v1/verify", { body: { key: weak.secret.reveal() } });
  expect(verified.body).toMatchObject({ valid: true, roles: [{ type: "default", role: "READ_ONLY" }] });
});

test("200: a key is listed and read as the contract says, its dates with an offset", async () => {
  await server.call("PUT /v1/roles/catalog-editor", { body: { displayName: "Catalog", permissions: [] } });
  const roles = [READ_ONLY, { type: "CUSTOM", tag: "catalog-editor" }];
  const { cid, secret } = await make({
    description: "two\nlines",
    roles,
    expirationDate: "2027-01-31T00:00:00Z",
  });
  const read = await call(`GET /auth/key/${cid}`);
  const { apiKeys } = await list();
  expect(read.status).toBe(200);
  expect(read.body).toEqual({
    cid: expect.stringMatching(/^ak[0-9a-f]{16}$/) as string,
    createdDate: "2026-11-21T08:00:01.000Z",
    description: "two\nlines",
    expirationDate: "2027-01-31T00:00:00.000Z",
    last4: secret.reveal().slice(-4),
    name: "Scanner",
    roles,
  });
  expect(apiKeys).toContainEqual(read.body);
});

test("a key that was made natively appears with its data, MANAGER included", async () => {
  const roles = [{ type: "default", role: "MANAGER" }];
  await server.makeKey({
    name: "native",
    description: "made there",
    roles,
    owner: "team",
    labels: { a: "b" },
  });
  const [key] = (await list()).apiKeys.slice(-1);
  expect(key).toEqual({
    cid: expect.stringMatching(/^ak/) as string,
    createdDate: "2026-11-21T08:00:01.000Z",
    description: "made there",
    last4: expect.any(String) as string,
    name: "native",
    roles: [{ type: "DEFAULT", role: "MANAGER" }],
  });
});

test("an advanced key is listed, and is no bearer token", async () => {
  const caller: Caller = {
    type: "API_KEY",
    id: "key_0",
    userId: null,
    ipAddress: null,
    roles: [],
    permissions: new Set(PERMISSIONS),
  };
  const asked = {
    name: "signed",
    roles: [{ type: "default", role: "ADMIN" }],
    securityLevel: "advanced",
  } as const;
  const created = await createKey(server.context, caller, asked, { state: "active" });
  const secret = "secret" in created ? created.secret : undefined;
  expect((await list()).apiKeys.map(({ name }) => name)).toContain("signed");
  expect((await call("GET /auth/key?pageSize=1&page=0", { token: secret ?? null })).status).toBe(401);
});

test("pending, revoked and retired keys do not exist here, in a list or by their cid", async () => {
  const made = await make();
  await server.makeKey({ name: "pending" }, "pending");
  const { id } = await server.makeKey({ name: "revoked" });
  const hidden = await server.context.database
    .selectFrom("keys")
    .select(["cid", "id"])
    .where("name", "in", ["pending", "revoked"])
    .execute();
  await server.call(`DELETE /v1/keys/${id}`);
  const names = (await list()).apiKeys.map(({ name }) => name);
  expect(names).not.toContain("pending");
  expect(names).not.toContain("revoked");
  for (const { cid } of hidden) {
    expect((await call(`GET /auth/key/${cid}`)).status).toBe(404);
    expect((await call(`PUT /auth/key/${cid}`, { body: { name: "x" } })).status).toBe(404);
    expect((await call(`DELETE /auth/key/${cid}`)).status).toBe(404);
  }
  const retireAt = new Date(server.clock.now().getTime() + 1000).toISOString();
  await server.context.database
    .updateTable("keys")
    .set({ retire_at: retireAt })
    .where("cid", "=", made.cid)
    .execute();
  expect((await call(`GET /auth/key/${made.cid}`)).status).toBe(200);
  server.clock.advance(1000);
  expect((await call(`GET /auth/key/${made.cid}`)).status).toBe(404);
});

test("an expired key stays listed until it is deleted", async () => {
  const { cid } = await make({ expirationDate: "2026-11-21T09:00:00Z" });
  server.clock.advance(DAY_MS);
  expect((await list()).apiKeys.map((key) => key.cid)).toContain(cid);
  expect((await call(`PUT /auth/key/${cid}`, { body: { name: "Expired" } })).body["name"]).toBe("Expired");
  expect((await call(`DELETE /auth/key/${cid}`)).status).toBe(200);
  expect((await list()).apiKeys.map((key) => key.cid)).not.toContain(cid);
});

test("pages hold every key once, in the order of their creation, and agree on the total", async () => {
  for (let made = 0; made < 6; made += 1) {
    await create({ name: `key ${made}` });
    server.clock.advance(1000);
  }
  const pages = await Promise.all([0, 1, 2].map((page) => list(`pageSize=3&page=${page}`)));
  // The administrator's key is the first.
  const names = pages.flatMap(({ apiKeys }) => apiKeys.map(({ name }) => name)).slice(1);
  expect(names).toEqual(["key 0", "key 1", "key 2", "key 3", "key 4", "key 5"]);
  expect(pages.map(({ page, total, totalPages }) => [page, total, totalPages])).toEqual([
    [0, 7, 3],
    [1, 7, 3],
    [2, 7, 3],
  ]);
});

test("a page beyond the end is empty, with its own number and the true total", async () => {
  expect(await list("pageSize=10&page=7")).toEqual({ apiKeys: [], page: 7, total: 1, totalPages: 1 });
  expect(await list("pageSize=1000&page=999999999")).toMatchObject({ apiKeys: [], total: 1 });
});

test("a list that ends with its page says so by totalPages", async () => {
  await create();
  expect(await list("pageSize=2&page=0")).toMatchObject({ total: 2, totalPages: 1 });
  expect(await list("pageSize=1&page=1")).toMatchObject({ page: 1, total: 2, totalPages: 2 });
});

test.each([
  "",
  "page=0",
  "pageSize=10",
  "pageSize=0&page=0",
  "pageSize=1001&page=0",
  "pageSize=abc&page=0",
  "pageSize=-1&page=0",
  "pageSize=1.5&page=0",
  "pageSize=&page=0",
  "pageSize=10&page=-1",
  "pageSize=10&page=x",
  "pageSize=10&page=99999999999999999999",
  "pageSize=10&page=0&page=1",
  "pageSize=10&page=0&name=x",
])("400: the listing refuses the query ?%s", async (query) => {
  const answer = await call(`GET /auth/key?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({
    ...error(400, "BAD_REQUEST"),
    details: expect.stringMatching(/page|name is not known/i) as string,
  });
});

test("200: an update changes name and description and answers the key", async () => {
  const { cid } = await make({ description: "before" });
  const answer = await call(`PUT /auth/key/${cid}`, { body: { name: "After", description: "after" } });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ cid, name: "After", description: "after", roles: [READ_ONLY] });
  expect((await call(`GET /auth/key/${cid}`)).body).toEqual(answer.body);
});

test("a description that an update leaves out or sends as null stays; an empty one goes", async () => {
  const { cid } = await make({ description: "[marker]" });
  const update = (body: object) => call(`PUT /auth/key/${cid}`, { body });
  expect((await update({ name: "One" })).body["description"]).toBe("[marker]");
  expect((await update({ name: "Two", description: null })).body["description"]).toBe("[marker]");
  expect((await update({ name: "Three", description: "" })).body).not.toHaveProperty("description");
});

test.each([
  ["no name", { description: "x" }],
  ["an empty name", { name: "" }],
  ["a name of null", { name: null }],
  ["an expiry", { name: "x", expirationDate: "2027-01-31T00:00:00Z" }],
  ["roles", { name: "x", roles: [READ_ONLY] }],
  ["a cid", { name: "x", cid: "ak1234567890abcdef" }],
  ["no object", []],
])("A3: 400: an update refuses %s", async (_, body) => {
  const { cid } = await make();
  const answer = await call(`PUT /auth/key/${cid}`, { body });
  expect([answer.status, answer.body["type"]]).toEqual([400, "BAD_REQUEST"]);
});

test.each([
  ["no name", { name: undefined }],
  ["no roles", { roles: undefined }],
  ["an empty list of roles", { roles: [] }],
  ["a role without a type", { roles: [{ role: "ADMIN" }] }],
  ["the type of the rendering artefact", { roles: [{ type: "text", role: "ADMIN" }] }],
  ["MANAGER, which only the console gives", { roles: [{ type: "DEFAULT", role: "MANAGER" }] }],
  ["the native spelling", { roles: [{ type: "default", role: "ADMIN" }] }],
  ["a field of a role that is not known", { roles: [{ ...READ_ONLY, tag: "x" }] }],
  ["a custom role by `role`", { roles: [{ type: "CUSTOM", role: "catalog-editor" }] }],
  ["a custom role that does not exist", { roles: [{ type: "CUSTOM", tag: "missing" }] }],
  ["an expiry without an offset", { expirationDate: "2027-01-31T00:00:00" }],
  ["an expiry that is a day", { expirationDate: "2027-01-31" }],
  ["an expiry that has passed", { expirationDate: "2026-11-21T08:00:01Z" }],
  ["a field that is not known", { apiKey: "mine" }],
  ["a key in the description", { description: newSecret().reveal() }],
])("A3: 400: a create refuses %s", async (_, fields) => {
  const answer = await create(fields);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject(error(400, "BAD_REQUEST"));
  expect((await list()).total).toBe(1);
});

test("400: what is wrong with a request is told in one text for people", async () => {
  const roles = [
    {},
    { type: "text", role: "ADMIN" },
    { type: "DEFAULT", role: "MANAGER" },
    { type: "CUSTOM" },
  ];
  const answer = await create({ roles, name: undefined, x: 1 });
  expect(String(answer.body["details"]).split("; ").sort()).toEqual([
    "name is required",
    "roles.0.type is required",
    "roles.1.type must be one of DEFAULT, CUSTOM",
    "roles.2.role must be one of READ_ONLY, USER, ADMIN",
    "roles.3.tag is required",
    "x is not known here",
  ]);
  const paging = await call("GET /auth/key?pageSize=0&page=x");
  expect(paging.body["details"]).toBe(
    "pageSize must be 1 to 1000; page must be the number of a page, from 0",
  );
});

test("400: a create that breaks the security policy says which way", async () => {
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 30 } });
  const answer = await create();
  expect([answer.status, answer.body["message"]]).toEqual([
    400,
    "The key never expires; the policy requires an expiry.",
  ]);
});

test("an expiry in the past is called by the name that it has here", async () => {
  const { body } = await create({ expirationDate: "2026-11-21T07:00:00Z" });
  expect(body["message"]).toMatch(/^expirationDate must be later than now/);
});

test("200: a delete answers an empty body, and the key is refused at the next request", async () => {
  const { cid, secret } = await make({ roles: [{ type: "DEFAULT", role: "ADMIN" }] });
  const answer = await call(`DELETE /auth/key/${cid}`);
  expect([answer.status, answer.text, answer.headers["content-length"]]).toEqual([200, "", "0"]);
  expect((await call("GET /auth/key?pageSize=1&page=0", { token: secret })).status).toBe(401);
});

test("200: a delete may come with an empty object, or with a content type and nothing", async () => {
  const headers = { "content-type": "application/json" };
  const [one, two] = [await make(), await make()];
  expect((await call(`DELETE /auth/key/${one.cid}`, { body: {} })).status).toBe(200);
  expect((await call(`DELETE /auth/key/${two.cid}`, { headers })).status).toBe(200);
});

test("404: what does not exist cannot be read, updated or deleted, twice deleted keys included", async () => {
  const { cid } = await make();
  await call(`DELETE /auth/key/${cid}`);
  for (const missing of [cid, "ak0000000000000000", "no%20such"]) {
    const answers = [
      await call(`GET /auth/key/${missing}`),
      await call(`PUT /auth/key/${missing}`, { body: { name: "x" } }),
      await call(`DELETE /auth/key/${missing}`),
    ];
    const expected = missing.includes("%") ? 400 : 404;
    expect(answers.map(({ status }) => status)).toEqual([expected, expected, expected]);
  }
  const answer = await call(`GET /auth/key/${cid}`);
  expect(answer.body).toEqual({ ...error(404, "NOT_FOUND"), message: "API key not found" });
});

test("A5: 403: nobody makes, changes or deletes a key above their own rights", async () => {
  const editor = { displayName: "Editor", permissions: ["Edit API keys"] };
  await server.call("PUT /v1/roles/editor", { body: editor });
  const { secret: token } = await make({ roles: [{ type: "CUSTOM", tag: "editor" }] });
  const admin = (await list()).apiKeys[0]?.cid;
  const answers = [
    await create({ roles: [{ type: "DEFAULT", role: "ADMIN" }] }, { token }),
    await call(`PUT /auth/key/${admin}`, { token, body: { name: "mine" } }),
    await call(`DELETE /auth/key/${admin}`, { token }),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(403);
    expect(body).toEqual(error(403, "FORBIDDEN"));
  }
  expect((await call("GET /auth/key?pageSize=1&page=0", { token })).status).toBe(200);
});

test("400: a key cannot delete itself, where the native API has a conflict", async () => {
  const [own] = (await list()).apiKeys;
  const answer = await call(`DELETE /auth/key/${own?.cid}`);
  expect([answer.status, answer.body["type"]]).toEqual([400, "BAD_REQUEST"]);
});

test("A1: every operation asks for the permission to edit keys, listing included", async () => {
  const { cid } = await make();
  const { secret: token } = await make({ roles: [{ type: "DEFAULT", role: "USER" }] });
  const answers = [
    await call("GET /auth/key?pageSize=1&page=0", { token }),
    await call(`GET /auth/key/${cid}`, { token }),
    await create({}, { token }),
    await call(`PUT /auth/key/${cid}`, { token, body: { name: "x" } }),
    await call(`DELETE /auth/key/${cid}`, { token }),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(403);
    expect(body["message"]).toBe('The API key needs the permission "Edit API keys"');
  }
});

test("A12: the secret of a key that was made here is not in the database", async () => {
  const { secret, cid } = await make();
  const row = await server.context.database
    .selectFrom("keys")
    .selectAll()
    .where("cid", "=", cid)
    .executeTakeFirst();
  expect(JSON.stringify(row)).not.toContain(secret.reveal());
  expect(row).toMatchObject({ sealed_key: null, security_level: "standard" });
});
