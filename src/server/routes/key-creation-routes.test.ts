import { afterEach, beforeEach, expect, test } from "vitest";
import { isKeyText } from "../../core/key-format.ts";
import { Secret } from "../../core/secret.ts";
import { type Answer, type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MANAGER = { roles: [{ type: "default", role: "MANAGER" }] };
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;

const request = { name: "Scanner", roles: [{ type: "default", role: "READ_ONLY" }] };
const create = (body: object, key = "op-1") =>
  server.call("POST /v1/keys", { body, headers: { "idempotency-key": key } });
const rotate = (id: string, body: object = {}, key = "rotate-1", token = server.admin, headers = {}) =>
  server.call(`POST /v1/keys/${id}/rotate`, { body, token, headers: { "idempotency-key": key, ...headers } });
const secretOf = ({ body }: Answer) => Secret.of(String(body["secret"]));
const idOf = ({ body }: Answer) => String(body["id"]);
const read = async (id: string) => (await server.call(`GET /v1/keys/${id}`)).body;
const works = async (token: Secret) => (await server.call("GET /v1/store", { token })).status === 200;
const after = (ms: number) => new Date(server.clock.now().getTime() + ms).toISOString();

test("201: without a digest the store makes the secret, and shows it this once", async () => {
  const created = await create(request);
  expect([created.status, created.headers["cache-control"]]).toEqual([201, "no-store"]);
  expect(isKeyText(secretOf(created).reveal())).toBe(true);
  expect(created.body["last4"]).toBe(secretOf(created).reveal().slice(-4));
  expect(await works(secretOf(created))).toBe(true);
  expect(await read(idOf(created))).not.toHaveProperty("secret");
  expect((await server.call("GET /v1/keys")).text).not.toContain(secretOf(created).reveal());
});

test("200: a replay never has the secret", async () => {
  const created = await create(request);
  const again = await create(request);
  expect([again.status, idOf(again), again.body["secret"]]).toEqual([200, idOf(created), undefined]);
});

test("201: a client's own secret is not shown back", async () => {
  expect((await create(aNewKey(newSecret()))).body).not.toHaveProperty("secret");
});

test("400: a digest comes with last4, and never for an advanced key", async () => {
  const { digest, last4 } = aNewKey(newSecret());
  const pointers = async (body: object) =>
    ((await create({ ...request, ...body })).body["errors"] as { pointer: string }[]).map(
      (one) => one.pointer,
    );
  expect(await pointers({ digest })).toEqual(["#/last4"]);
  expect(await pointers({ last4 })).toEqual(["#/digest"]);
  expect(await pointers({ digest, last4, securityLevel: "advanced" })).toEqual(["#/securityLevel"]);
  expect((await create({ ...request, digest, last4, securityLevel: "standard" })).status).toBe(201);
});

test("201: an advanced key is made by the store, kept sealed, and no bearer token", async () => {
  const created = await create({ ...request, securityLevel: "advanced" });
  expect(created.body).toMatchObject({ securityLevel: "advanced", status: "pending" });
  expect(await works(secretOf(created))).toBe(false);
  const row = await server.context.database
    .selectFrom("keys")
    .select("sealed_key")
    .where("id", "=", idOf(created))
    .executeTakeFirstOrThrow();
  expect(row.sealed_key).toMatch(/^v1\./);
  expect(row.sealed_key).not.toContain(secretOf(created).reveal());
});

test("201: a successor is pending and like the key that it replaces; nothing happens to that one", async () => {
  const labels = { tier: "internal" };
  const old = await server.makeKey({ description: "d", owner: "team", labels, ...MANAGER });
  const rotated = await rotate(old.id);
  expect(rotated.status).toBe(201);
  expect(rotated.body).toMatchObject({
    name: "Scanner",
    description: "d",
    owner: "team",
    labels,
    ...MANAGER,
    securityLevel: "standard",
    status: "pending",
    replaces: old.id,
    retireAt: null,
  });
  expect(await read(old.id)).toMatchObject({ status: "active", retireAt: null, replaces: null, version: 2 });
  expect(isKeyText(secretOf(rotated).reveal())).toBe(true);
  expect((await rotate(old.id)).body).not.toHaveProperty("secret");
});

test("the first use of a successor starts the overlap; at its end the old key is refused", async () => {
  const old = await server.makeKey();
  const successor = secretOf(await rotate(old.id, { overlapSeconds: 3600 }));
  server.clock.advance(10 * MINUTE);
  expect(await works(successor)).toBe(true);
  expect(await read(old.id)).toMatchObject({ status: "active", retireAt: after(HOUR) });
  server.clock.advance(HOUR - 1);
  expect(await works(old.secret)).toBe(true);
  server.clock.advance(1);
  expect(await works(old.secret)).toBe(false);
  expect(await works(successor)).toBe(true);
  const retired = await server.call("GET /v1/keys?status=revoked");
  expect(retired.body["keys"]).toMatchObject([{ id: old.id, status: "revoked", revokedAt: after(0) }]);
});

test("the overlap is a day unless said otherwise, and none with 0", async () => {
  const [one, other] = [await server.makeKey(), await server.makeKey()];
  await server.call(`POST /v1/keys/${idOf(await rotate(one.id))}/activate`);
  expect((await read(one.id))["retireAt"]).toBe(after(DAY));
  const at0 = idOf(await rotate(other.id, { overlapSeconds: 0 }, "rotate-2"));
  expect(await works(other.secret)).toBe(true);
  await server.call(`POST /v1/keys/${at0}/activate`);
  expect(await works(other.secret)).toBe(false);
});

test("a successor that lapses leaves the old key as it was, and it can be rotated again", async () => {
  const old = await server.makeKey();
  const lapsed = secretOf(await rotate(old.id));
  const before = await read(old.id);
  server.clock.advance(15 * MINUTE);
  expect(await works(lapsed)).toBe(false);
  expect(await read(old.id)).toEqual(before);
  expect((await rotate(old.id, {}, "rotate-2")).status).toBe(201);
});

test("201, 200: a rotation with a client's secret; its replay is the same key, also once the old one is gone", async () => {
  const old = await server.makeKey();
  const secret = newSecret();
  const { digest, last4 } = aNewKey(secret);
  const body = { digest, last4, overlapSeconds: 0 };
  const rotated = await rotate(old.id, body);
  expect(rotated.body).not.toHaveProperty("secret");
  expect(await works(secret)).toBe(true);
  expect(await works(old.secret)).toBe(false);
  const again = await rotate(old.id, body);
  expect([again.status, idOf(again)]).toEqual([200, idOf(rotated)]);
  expect((await rotate(old.id, { ...body, overlapSeconds: 1 })).body["type"]).toBe(
    problem("idempotency-mismatch"),
  );
});

test("409: a key that another one is replacing is not rotated again; the successor is, and so on", async () => {
  const old = await server.makeKey();
  const second = await rotate(old.id);
  const refused = await rotate(old.id, {}, "rotate-2");
  expect([refused.status, refused.body["type"]]).toEqual([409, problem("not-rotatable")]);
  expect(refused.body["detail"]).toContain(idOf(second));
  expect((await rotate(idOf(second), {}, "rotate-2")).body["type"]).toBe(problem("not-rotatable"));
  await server.call(`POST /v1/keys/${idOf(second)}/activate`);
  expect((await rotate(old.id, {}, "rotate-2")).status).toBe(409);
  expect((await rotate(idOf(second), {}, "rotate-2")).body["replaces"]).toBe(idOf(second));
});

test("a retiring key whose successor was revoked can be rotated, without more time than it had", async () => {
  const old = await server.makeKey();
  const first = idOf(await rotate(old.id, { overlapSeconds: 60 }));
  await server.call(`POST /v1/keys/${first}/activate`);
  await server.call(`DELETE /v1/keys/${first}`);
  const second = idOf(await rotate(old.id, { overlapSeconds: 3600 }, "rotate-2"));
  await server.call(`POST /v1/keys/${second}/activate`);
  expect((await read(old.id))["retireAt"]).toBe(after(MINUTE));
});

test("404, 409: there is nothing to rotate, or it is dead", async () => {
  expect((await rotate("key_0000000000000000ffffffff")).status).toBe(404);
  const revoked = await server.makeKey();
  await server.call(`DELETE /v1/keys/${revoked.id}`);
  expect((await rotate(revoked.id)).body["type"]).toBe(problem("key-not-live"));
  const expired = await server.makeKey({ expiresAt: after(MINUTE) });
  server.clock.advance(MINUTE);
  expect((await rotate(expired.id)).body["type"]).toBe(problem("key-not-live"));
});

test("a successor lives as long as the old key was given, or as asked", async () => {
  const old = await server.makeKey({ expiresAt: after(10 * DAY) });
  const other = await server.makeKey({ expiresAt: after(10 * DAY) });
  server.clock.advance(9 * DAY);
  expect((await rotate(old.id)).body["expiresAt"]).toBe(after(10 * DAY));
  expect((await rotate(other.id, { expiresAt: null }, "rotate-2")).body["expiresAt"]).toBeNull();
});

test("201: a lifetime that would outlast the calendar ends with it", async () => {
  const old = await server.makeKey({ expiresAt: "9999-12-31T23:59:59.999Z" });
  server.clock.advance(DAY);
  expect((await rotate(old.id)).body["expiresAt"]).toBe("9999-12-31T23:59:59.999Z");
});

test("422: the policy and the time hold for a successor as for a new key", async () => {
  const old = await server.makeKey({ expiresAt: after(300 * DAY) });
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 30 } });
  expect((await rotate(old.id)).body).toMatchObject({ status: 422, rule: "maxLifetimeDays" });
  expect((await rotate(old.id, { expiresAt: null })).body).toMatchObject({ rule: "requireExpiration" });
  expect((await rotate(old.id, { expiresAt: after(0) })).body["type"]).toBe(problem("expiry-in-past"));
  expect((await rotate(old.id, { expiresAt: after(30 * DAY) })).status).toBe(201);
  const roles = { requireExpiration: false, allowedRoles: ["ADMIN"] };
  const other = await server.makeKey({ expiresAt: after(DAY) });
  await server.call("PUT /v1/policy", { body: roles });
  expect((await rotate(other.id, {}, "rotate-2")).body).toMatchObject({ rule: "allowedRoles" });
});

test("A5: nobody rotates a key that may do more than they", async () => {
  const admin = await server.makeKey({ roles: [{ type: "default", role: "ADMIN" }] });
  const manager = await server.makeKey(MANAGER);
  expect((await rotate(admin.id, {}, "rotate-1", manager.secret)).status).toBe(403);
  expect((await rotate(manager.id, {}, "rotate-1", manager.secret)).status).toBe(201);
});

test("an advanced key's successor is advanced, and its secret the store's", async () => {
  const made = await create({ ...request, securityLevel: "advanced" });
  await server.call(`POST /v1/keys/${idOf(made)}/activate`);
  const { digest, last4 } = aNewKey(newSecret());
  const refused = await rotate(idOf(made), { digest, last4 });
  expect([refused.status, refused.body["type"]]).toEqual([400, problem("invalid-request")]);
  expect((await rotate(idOf(made))).body).toMatchObject({ securityLevel: "advanced", status: "pending" });
});

test("a successor keeps the scope", async () => {
  const { id } = await server.makeKey();
  const scope = '{"assets":[]}';
  const { database } = server.context;
  await database.updateTable("keys").set({ scope }).where("id", "=", id).execute();
  const successor = idOf(await rotate(id));
  const row = await database
    .selectFrom("keys")
    .select("scope")
    .where("id", "=", successor)
    .executeTakeFirst();
  expect(row?.scope).toBe(scope);
});

test("201: a rotation needs no body", async () => {
  const { id } = await server.makeKey();
  const headers = { "idempotency-key": "rotate-1" };
  expect((await server.call(`POST /v1/keys/${id}/rotate`, { headers })).status).toBe(201);
});

test.each([
  ["a negative overlap", { overlapSeconds: -1 }],
  ["an overlap of more than 30 days", { overlapSeconds: 30 * 86_400 + 1 }],
  ["another name", { name: "Other" }],
  ["a digest alone", { digest: "0".repeat(64) }],
])("400: a rotation with %s is refused", async (_name, body) => {
  const { id } = await server.makeKey();
  expect((await rotate(id, body)).status).toBe(400);
});

test("412: a rotation with an If-Match of an older version is refused", async () => {
  const { id } = await server.makeKey();
  const { headers } = await server.call(`GET /v1/keys/${id}`);
  await server.call(`PATCH /v1/keys/${id}`, { body: { name: "Other" } });
  const stale = { "if-match": String(headers["etag"]) };
  expect((await rotate(id, {}, "rotate-1", server.admin, stale)).status).toBe(412);
});

test("a refused create takes no number", async () => {
  const before = await server.makeKey();
  await create({ ...request, expiresAt: after(0) });
  const next = await server.makeKey();
  const rows = await server.context.database
    .selectFrom("keys")
    .select("number")
    .where("id", "in", [before.id, next.id])
    .orderBy("number")
    .execute();
  expect(rows.map(({ number }) => number)).toEqual([2, 3]);
});
