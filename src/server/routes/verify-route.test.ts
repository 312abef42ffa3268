import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { CHECK_REASONS } from "../domain/check-key.ts";
import { type TestServer, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const verify = async (key: Secret, demands: object = {}) =>
  (await server.call("POST /v1/verify", { body: { key: key.reveal(), ...demands } })).body;
const allow = (...addresses: string[]) =>
  server.call("PUT /v1/ip-allowlist", { body: { entries: addresses.map((address) => ({ address })) } });
const invalid = (reason: string) => ({ valid: false, reason });

test("200: a valid key tells whose it is and what it may do", async () => {
  const { id, secret } = await server.makeKey({ owner: "team", expiresAt: "2026-11-21T09:00:00Z" });
  expect(await verify(secret)).toEqual({
    valid: true,
    type: "API_KEY",
    id,
    name: "Scanner",
    owner: "team",
    roles: [{ type: "default", role: "READ_ONLY" }],
    permissions: ["View API keys", "View roles", "View security policy"],
    expiresAt: "2026-11-21T09:00:00.000Z",
  });
});

test("200: a personal token tells its user, and mirrors that user's rights", async () => {
  const user = { email: "ann@example.com", name: "Ann", roles: [{ type: "default", role: "USER" }] };
  const { body } = await server.call("POST /v1/users", { body: user });
  const path = `/v1/users/${String(body["id"])}/tokens`;
  const token = await server.call(`POST ${path}`, { body: { name: "laptop" } });
  const secret = Secret.of(String(token.body["secret"]));
  expect(await verify(secret, { permission: "Verify API keys" })).toMatchObject({
    valid: true,
    type: "PERSONAL_API_KEY",
    id: token.body["id"],
    owner: "ann@example.com",
  });
  expect(await verify(secret, { permission: "Edit API keys" })).toEqual(invalid("insufficient-permission"));
});

test("200: a permission that the key lacks is said so; one that is none is 400", async () => {
  const { secret } = await server.makeKey();
  expect(await verify(secret, { permission: "View roles" })).toMatchObject({ valid: true });
  expect(await verify(secret, { permission: "Edit roles" })).toEqual(invalid("insufficient-permission"));
  expect(await verify(secret, { permission: "Fly" })).toMatchObject({
    status: 400,
    errors: [{ pointer: "#/permission" }],
  });
});

test("200: an address that the allowlist lacks is refused, and is no use of the key", async () => {
  const { id, secret } = await server.makeKey({}, "pending");
  await allow("127.0.0.1", "192.0.2.0/24");
  expect(await verify(secret, { clientIp: "198.51.100.7" })).toEqual(invalid("address-not-allowed"));
  const key = (await server.call(`GET /v1/keys/${id}`)).body;
  expect(key).toMatchObject({ status: "pending", lastUsedAt: null });
  expect(await verify(secret, { clientIp: "192.0.2.9" })).toMatchObject({ valid: true });
  expect(await verify(secret, { clientIp: "::ffff:192.0.2.9" })).toMatchObject({ valid: true });
  expect(await verify(secret)).toMatchObject({ valid: true });
});

test("200: without an allowlist every address is good; what is no address is 400", async () => {
  const { secret } = await server.makeKey();
  expect(await verify(secret, { clientIp: "2001:db8::1" })).toMatchObject({ valid: true });
  for (const clientIp of ["localhost", "192.0.2.0/24", "192.0.2.256", "", 7])
    expect(await verify(secret, { clientIp })).toMatchObject({ errors: [{ pointer: "#/clientIp" }] });
});

test("200: what is wrong with the key itself comes before what it may do and where it came from", async () => {
  const demands = { permission: "Edit roles", clientIp: "198.51.100.7" };
  await allow("127.0.0.1");
  const expiring = await server.makeKey({ expiresAt: "2026-11-21T08:00:01Z" });
  const revoked = await server.makeKey();
  await server.call(`DELETE /v1/keys/${revoked.id}`);
  server.clock.advance(1000);
  const made = await server.call("POST /v1/keys", {
    headers: { "idempotency-key": "x" },
    body: { name: "Signer", roles: [{ type: "default", role: "USER" }], securityLevel: "advanced" },
  });
  const reasons = [
    await verify(Secret.of("kw_live_garbage"), demands),
    await verify(newSecret(), demands),
    await verify(Secret.of(String(made.body["secret"])), demands),
    await verify(expiring.secret, demands),
    await verify(revoked.secret, demands),
    await verify(server.admin, demands),
  ].map(({ reason }) => reason);
  const expected = ["malformed", "unknown", "wrong-level", "expired", "revoked", "address-not-allowed"];
  expect(reasons).toEqual(expected);
  expect(CHECK_REASONS).toEqual([...expected, "insufficient-permission"]);
});

test("a revocation, a role and the allowlist hold for the very next verification", async () => {
  const role = (permissions: string[]) =>
    server.call("PUT /v1/roles/viewer", { body: { displayName: "Viewer", permissions } });
  await role(["View roles"]);
  const { id, secret } = await server.makeKey({ roles: [{ type: "custom", tag: "viewer" }] });
  const demands = { permission: "View roles", clientIp: "192.0.2.9" };
  expect(await verify(secret, demands)).toMatchObject({ valid: true });
  await role(["View users"]);
  expect(await verify(secret, demands)).toEqual(invalid("insufficient-permission"));
  await allow("127.0.0.1");
  expect(await verify(secret, demands)).toEqual(invalid("address-not-allowed"));
  await server.call(`DELETE /v1/keys/${id}`);
  expect(await verify(secret, demands)).toEqual(invalid("revoked"));
});

test("lastUsedAt tells the last authentication or verification, at once in the process that saw it", async () => {
  const { id, secret } = await server.makeKey();
  const lastUse = async () => (await server.call(`GET /v1/keys/${id}`)).body["lastUsedAt"];
  expect(await lastUse()).toBeNull();
  await verify(secret);
  expect(await lastUse()).toBe("2026-11-21T08:00:00.000Z");
  server.clock.advance(1000);
  await server.call("GET /v1/store", { token: secret });
  expect(await lastUse()).toBe("2026-11-21T08:00:01.000Z");
  const { body } = await server.call("GET /v1/keys");
  expect((body["keys"] as { id: string }[]).find((key) => key.id === id)).toMatchObject({
    lastUsedAt: "2026-11-21T08:00:01.000Z",
  });
});
