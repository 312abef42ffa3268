import { afterEach, beforeEach, expect, test } from "vitest";
import { isKeyText, keyDigest, last4Of } from "../../core/key-format.ts";
import { Secret } from "../../core/secret.ts";
import { type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";
import { ADMIN, READ_ONLY, makePerson, makeToken, makeUser } from "./user.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MISSING = "pat_0000000000000000ffffffff";
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;
const inMs = (ms: number) => new Date(server.clock.now().getTime() + ms).toISOString();
const idsOf = (body: Readonly<Record<string, unknown>>) =>
  (body["tokens"] as { id: string }[]).map(({ id }) => id);

test("201: a user makes a token with a token; its text is shown this once and works", async () => {
  const { userId, token } = await makePerson(server);
  const body = { name: "CI", description: "two\nlines", expiresAt: "2026-12-01T00:00:00+01:00" };
  const created = await server.call("POST /v1/tokens", { body, token });
  const { secret, ...shown } = created.body;
  expect([created.status, shown]).toEqual([
    201,
    {
      id: expect.stringMatching(/^pat_[0-9a-f]{24}$/) as string,
      userId,
      name: "CI",
      description: "two\nlines",
      last4: String(secret).slice(-4),
      status: "active",
      createdAt: "2026-11-21T08:00:00.000Z",
      expiresAt: "2026-11-30T23:00:00.000Z",
      version: 1,
    },
  ]);
  expect(created.headers["cache-control"]).toBe("no-store");
  expect(String(secret)).toMatch(/^kwp_live_/);
  expect(isKeyText(String(secret))).toBe(true);
  const made = { token: Secret.of(String(secret)) };
  expect((await server.call("GET /v1/keys", made)).status).toBe(200);
  const again = await server.call(`GET /v1/tokens/${String(shown["id"])}`, made);
  expect([again.status, again.body]).toEqual([200, shown]);
});

test("201: a client may make the token itself; then its text never comes back", async () => {
  const { token } = await makePerson(server);
  const secret = newSecret();
  const body = { name: "CI", digest: keyDigest(secret), last4: last4Of(secret) };
  const created = await server.call("POST /v1/tokens", { body, token });
  expect([created.status, "secret" in created.body]).toEqual([201, false]);
  expect((await server.call("GET /v1/keys", { token: secret })).status).toBe(200);
  const again = await server.call("POST /v1/tokens", { body, token });
  expect([again.status, again.body["type"]]).toEqual([409, problem("digest-taken")]);
});

test("409: a key and a token never share a secret", async () => {
  const { token } = await makePerson(server);
  const { secret: key } = await server.makeKey();
  const asToken = { name: "x", digest: keyDigest(key), last4: last4Of(key) };
  expect((await server.call("POST /v1/tokens", { body: asToken, token })).status).toBe(409);
  const headers = { "idempotency-key": "op-1" };
  expect((await server.call("POST /v1/keys", { body: aNewKey(token), headers })).status).toBe(409);
});

test("400: a digest without its last four characters, a token without a name, unknown fields", async () => {
  const { token } = await makePerson(server);
  const digest = keyDigest(newSecret());
  for (const body of [{ name: "x", digest }, {}, { name: "x", userId: "me" }, { name: "x", roles: ADMIN }]) {
    expect((await server.call("POST /v1/tokens", { body, token })).status).toBe(400);
  }
});

test("422: the policy's expiry and lifetime hold for tokens, and so does the clock", async () => {
  const { userId, token } = await makePerson(server);
  const body = { requireExpiration: true, maxLifetimeDays: 30 };
  await server.call("PUT /v1/policy", { body });
  const create = (expiresAt?: string) =>
    server.call(`POST /v1/users/${userId}/tokens`, { body: { name: "x", expiresAt } });
  expect((await create()).body).toMatchObject({
    type: problem("policy-violation"),
    rule: "requireExpiration",
    detail: expect.stringMatching(/^The token /) as string,
  });
  expect((await create(inMs(30 * DAY + 1))).body["rule"]).toBe("maxLifetimeDays");
  expect((await create(inMs(0))).body["type"]).toBe(problem("expiry-in-past"));
  expect((await create(inMs(30 * DAY))).status).toBe(201);
  expect((await server.call("GET /v1/store", { token })).status).toBe(200);
});

test("the policy's list of roles is for keys, not for tokens", async () => {
  const userId = await makeUser(server, { roles: ADMIN });
  await server.call("PUT /v1/policy", { body: { requireExpiration: false, allowedRoles: ["READ_ONLY"] } });
  expect((await makeToken(server, userId)).id).toMatch(/^pat_/);
});

test("A11: a token is valid until the millisecond before its expiry", async () => {
  const userId = await makeUser(server);
  const { secret: token } = await makeToken(server, userId, { expiresAt: inMs(MINUTE) });
  server.clock.advance(MINUTE - 1);
  expect((await server.call("GET /v1/store", { token })).status).toBe(200);
  server.clock.advance(1);
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
  expect((await server.call(`GET /v1/users/${userId}/tokens`)).body["tokens"]).toMatchObject([
    { status: "expired" },
  ]);
});

test("200: name, description and expiry change, within the policy; text and user do not", async () => {
  const { token, tokenId } = await makePerson(server);
  const patch = (body: unknown) => server.call(`PATCH /v1/tokens/${tokenId}`, { body, token });
  const changed = await patch({ name: "Desktop", description: "d", expiresAt: inMs(DAY) });
  expect([changed.status, changed.body]).toMatchObject([
    200,
    { name: "Desktop", description: "d", expiresAt: inMs(DAY), version: 2 },
  ]);
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 30 } });
  expect((await patch({ expiresAt: null })).status).toBe(422);
  expect((await patch({ expiresAt: inMs(30 * DAY) })).status).toBe(200);
  expect((await patch({ last4: "aaaa" })).status).toBe(400);
  expect((await patch({ userId: "user_1" })).status).toBe(400);
});

test("204: a token is revoked at once, also by itself, and its row stays", async () => {
  const { userId, token, tokenId } = await makePerson(server);
  const spare = await makeToken(server, userId);
  expect((await server.call(`DELETE /v1/tokens/${tokenId}`, { token })).status).toBe(204);
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
  const other = { token: spare.secret };
  expect((await server.call(`GET /v1/tokens/${tokenId}`, other)).body["status"]).toBe("revoked");
  expect(idsOf((await server.call("GET /v1/tokens", other)).body)).toEqual([spare.id]);
  expect((await server.call(`DELETE /v1/tokens/${tokenId}`, other)).status).toBe(204);
  const patched = await server.call(`PATCH /v1/tokens/${tokenId}`, { body: { name: "x" }, ...other });
  expect(patched.body["type"]).toBe(problem("key-not-live"));
});

test("204: an administrator revokes a user's token, which holds for the very next request", async () => {
  const { userId, token, tokenId } = await makePerson(server);
  expect((await server.call("GET /v1/store", { token })).status).toBe(200);
  expect((await server.call(`DELETE /v1/users/${userId}/tokens/${tokenId}`)).status).toBe(204);
  expect((await server.call("GET /v1/store", { token })).status).toBe(401);
});

test("200: a user's tokens come page by page", async () => {
  const { userId, token, tokenId } = await makePerson(server);
  server.clock.advance(1);
  const { id: second } = await makeToken(server, userId);
  const first = await server.call("GET /v1/tokens?limit=1", { token });
  const next = await server.call(`GET /v1/tokens?limit=1&cursor=${String(first.body["nextCursor"])}`, {
    token,
  });
  expect([...idsOf(first.body), ...idsOf(next.body), next.body["nextCursor"]]).toEqual([
    tokenId,
    second,
    null,
  ]);
  expect((await server.call(`GET /v1/users/${userId}/tokens?limit=1`)).body).toEqual(first.body);
  expect((await server.call("GET /v1/tokens?cursor=nonsense", { token })).status).toBe(400);
});

test("412: a token that has changed since is neither changed nor revoked", async () => {
  const { token, tokenId } = await makePerson(server);
  const path = `/v1/tokens/${tokenId}`;
  const headers = { "if-match": String((await server.call(`GET ${path}`, { token })).headers["etag"]) };
  await server.call(`PATCH ${path}`, { body: { name: "Desktop" }, token });
  const late = await server.call(`PATCH ${path}`, { body: { name: "Phone" }, token, headers });
  expect([late.status, (await server.call(`DELETE ${path}`, { token, headers })).status]).toEqual([412, 412]);
});

test("A1: somebody else's token answers as a missing one, whatever is asked of it", async () => {
  const { userId, token } = await makePerson(server, { roles: ADMIN });
  const other = await makePerson(server);
  for (const target of ["GET", "PATCH", "DELETE"]) {
    const ask = (id: string) =>
      server.call(`${target} /v1/tokens/${id}`, {
        token,
        ...(target === "PATCH" ? { body: { name: "x" } } : {}),
      });
    const [others, missing] = [await ask(other.tokenId), await ask(MISSING)];
    expect([others.status, others.text]).toEqual([404, missing.text]);
    expect(others.headers).toMatchObject({ "content-length": missing.headers["content-length"] });
  }
  const misplaced = await server.call(`DELETE /v1/users/${userId}/tokens/${other.tokenId}`);
  const missing = await server.call(`DELETE /v1/users/${userId}/tokens/${MISSING}`);
  expect([misplaced.status, misplaced.text]).toEqual([404, missing.text]);
  expect((await server.call("GET /v1/store", { token: other.token })).status).toBe(200);
});

test("403: an API key has no personal tokens", async () => {
  expect((await server.call("POST /v1/tokens", { body: { name: "x" } })).status).toBe(403);
  expect((await server.call("GET /v1/tokens")).body).toEqual({ tokens: [], nextCursor: null });
  const { tokenId } = await makePerson(server);
  expect((await server.call(`GET /v1/tokens/${tokenId}`)).status).toBe(404);
});

test("A5: a token may do what its user may and is answered 403 beyond that", async () => {
  const { token } = await makePerson(server, { roles: [{ type: "default", role: "MANAGER" }] });
  const make = (roles: unknown) =>
    server.call("POST /v1/keys", {
      body: aNewKey(newSecret(), { roles }),
      token,
      headers: { "idempotency-key": JSON.stringify(roles).slice(0, 64) },
    });
  expect((await make(READ_ONLY)).status).toBe(201);
  expect((await make(ADMIN)).status).toBe(403);
  expect((await server.call("PUT /v1/policy", { body: { requireExpiration: true }, token })).status).toBe(
    403,
  );
});

test("A5: a token that was revoked while its request was under way leaves no other token behind", async () => {
  const { userId, token, tokenId } = await makePerson(server);
  const [created] = await Promise.all([
    server.call("POST /v1/tokens", { body: { name: "x" }, token }),
    server.call(`DELETE /v1/users/${userId}/tokens/${tokenId}`),
  ]);
  const left = idsOf((await server.call(`GET /v1/users/${userId}/tokens`)).body);
  expect(left).toHaveLength(created.status === 201 ? 1 : 0);
  const { createToken } = await import("../domain/create-token.ts");
  const caller = {
    type: "PERSONAL_API_KEY",
    id: tokenId,
    userId,
    roles: READ_ONLY,
    ipAddress: null,
  } as const;
  const permissions = new Set(["View API keys", "View roles", "View security policy"]);
  const late = await createToken(server.context, { ...caller, permissions }, userId, { name: "x" });
  expect(late).toMatchObject({ refused: "forbidden" });
});

test("A12: the text of a token is nowhere in the store", async () => {
  const { token } = await makePerson(server);
  const { database } = server.context;
  const kept = [
    await database.selectFrom("personal_tokens").selectAll().execute(),
    await database.selectFrom("audit_log").selectAll().execute(),
  ];
  expect(JSON.stringify(kept)).not.toContain(token.reveal().slice(9, 40));
  expect(JSON.stringify(kept)).not.toContain(keyDigest(token));
});
