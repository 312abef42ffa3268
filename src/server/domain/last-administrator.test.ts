import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { ADMIN, READ_ONLY, makePerson } from "../routes/user.fixture.ts";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import type { Caller } from "./caller.ts";
import { changeKeyRoles } from "./change-key-access.ts";
import { activateKey, revokeKey, updateKey } from "./change-key.ts";
import { revokeTokenOf, updateToken } from "./change-token.ts";
import { PERMISSIONS } from "./permissions.ts";
import { putRole } from "./role.ts";
import { deleteUser, updateUser } from "./user.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const HOUR = 3_600_000;
const REFUSED = { refused: "last-administrator" };
const ROOT = { displayName: "Root", permissions: PERMISSIONS };

/** Was let in with every right, whatever has become of it since. */
const late = (overrides: Partial<Caller> = {}): Caller => ({
  type: "API_KEY",
  id: "key_gone",
  userId: null,
  ipAddress: null,
  roles: [],
  permissions: new Set<string>(PERMISSIONS),
  ...overrides,
});
const inMs = (ms: number) => new Date(server.clock.now().getTime() + ms).toISOString();

async function revokeFirst(): Promise<void> {
  const { body } = await server.call("GET /v1/store");
  const { id } = body["caller"] as { id: string };
  expect(await revokeKey(server.context, late(), id)).not.toHaveProperty("refused");
}

/** A key with the role `root`, the store's only administrator. */
async function leaveCustomAdmin(): Promise<string> {
  await server.call("PUT /v1/roles/root", { body: ROOT });
  const { id } = await server.makeKey({ roles: [{ type: "custom", tag: "root" }] });
  await revokeFirst();
  return id;
}

test("a custom role that makes the last administrator is not lowered", async () => {
  await leaveCustomAdmin();
  const lower = (permissions: typeof PERMISSIONS | readonly "View roles"[]) =>
    putRole(server.context, late(), "root", { displayName: "Root", permissions }, undefined);
  expect(await lower(["View roles"])).toMatchObject(REFUSED);
  expect(
    await putRole(server.context, late(), "root", { ...ROOT, displayName: "R" }, undefined),
  ).toMatchObject({ created: false });
});

test("the last administrator's key gets no end; one with a later end, or none, it may have", async () => {
  const id = await leaveCustomAdmin();
  const set = (expiresAt: string | null) => updateKey(server.context, late(), id, { expiresAt });
  expect(await set(inMs(HOUR))).toMatchObject(REFUSED);
  const { context } = server;
  const expires_at = inMs(2 * HOUR);
  await context.database.updateTable("keys").set({ expires_at }).where("id", "=", id).execute();
  expect(await set(inMs(HOUR))).toMatchObject(REFUSED);
  expect(await set(inMs(2 * HOUR))).toMatchObject({ status: "active" });
  expect(await set(inMs(3 * HOUR))).toMatchObject({ status: "active" });
});

test("a key that another one is replacing does not count", async () => {
  const id = await leaveCustomAdmin();
  const { database } = server.context;
  await database
    .updateTable("keys")
    .set({ retire_at: inMs(HOUR) })
    .where("id", "=", id)
    .execute();
  const { userId, token } = await makeAdminUser();
  expect((await server.call("GET /v1/keys", { token })).status).toBe(200);
  expect(await deleteUser(server.context, late(), userId)).toMatchObject(REFUSED);
});

async function makeAdminUser() {
  const { database } = server.context;
  // Made by the database: the first administrator is gone by now.
  const at = server.clock.now().toISOString();
  const user = {
    email: "a@example.com",
    name: "Ada",
    roles: JSON.stringify(ADMIN),
    status: "active",
  } as const;
  const userId = "user_000000000000000000000001";
  await database
    .insertInto("users")
    .values({ id: userId, ...user, created_at: at, updated_at: at, version: 1 })
    .execute();
  const { createToken } = await import("./create-token.ts");
  const created = await createToken(server.context, late(), userId, { name: "x" });
  if ("refused" in created || !created.secret) throw new Error("no token");
  return { userId, token: created.secret, tokenId: created.token.id };
}

test("the last administrator may be a user with a token: neither is taken away", async () => {
  const { userId, tokenId, token } = await makePerson(server, { roles: ADMIN });
  await revokeFirst();
  const { context } = server;
  expect(await updateUser(context, late(), userId, { roles: READ_ONLY })).toMatchObject(REFUSED);
  expect(await updateUser(context, late(), userId, { status: "disabled" })).toMatchObject(REFUSED);
  expect(await deleteUser(context, late(), userId)).toMatchObject(REFUSED);
  expect(await revokeTokenOf(context, late(), userId, tokenId)).toMatchObject(REFUSED);
  expect((await server.call(`DELETE /v1/tokens/${tokenId}`, { token })).status).toBe(409);
  const own = late({ type: "PERSONAL_API_KEY", id: tokenId, userId });
  expect(await updateToken(context, own, tokenId, { expiresAt: inMs(HOUR) })).toMatchObject(REFUSED);
  expect(await updateUser(context, late(), userId, { name: "Grace" })).toMatchObject({ name: "Grace" });
});

test("a user without a live token, or disabled, is no administrator", async () => {
  const first = await server.call("GET /v1/store");
  const { id } = first.body["caller"] as { id: string };
  const { userId, tokenId } = await makePerson(server, { roles: ADMIN });
  await server.call(`PATCH /v1/users/${userId}`, { body: { status: "disabled" } });
  expect(await revokeKey(server.context, late(), id)).toMatchObject(REFUSED);
  await server.call(`PATCH /v1/users/${userId}`, { body: { status: "active" } });
  await server.call(`DELETE /v1/users/${userId}/tokens/${tokenId}`);
  expect(await revokeKey(server.context, late(), id)).toMatchObject(REFUSED);
});

test("a successor that was given lesser roles does not retire the last administrator", async () => {
  const first = await server.call("GET /v1/store");
  const { id } = first.body["caller"] as { id: string };
  const rotated = await server.call(`POST /v1/keys/${id}/rotate`, {
    headers: { "idempotency-key": "rotate-first" },
    body: { overlapSeconds: 0 },
  });
  const { id: successor, secret } = rotated.body as { id: string; secret: string };
  await changeKeyRoles(server.context, late(), successor, READ_ONLY);
  expect(await activateKey(server.context, late(), successor)).toMatchObject(REFUSED);
  expect((await server.call("GET /v1/store", { token: Secret.of(secret) })).status).toBe(401);
  expect((await server.call("GET /v1/store")).status).toBe(200);
  await server.makeKey({ roles: ADMIN });
  expect(await activateKey(server.context, late(), successor)).toMatchObject({ status: "active" });
});

test("rights from two roles together make an administrator", async () => {
  const tags = [
    ["editor", "Edit roles"],
    ["minter", "Edit API keys"],
  ] as const;
  for (const [tag, permission] of tags) {
    await server.call(`PUT /v1/roles/${tag}`, { body: { displayName: tag, permissions: [permission] } });
  }
  const roles = tags.map(([tag]) => ({ type: "custom", tag }));
  const { id } = await server.makeKey({ roles });
  await server.makeKey({ roles: roles.slice(1) });
  await revokeFirst();
  expect(await revokeKey(server.context, late(), id)).toMatchObject(REFUSED);
});

test("where nobody is an administrator any more, the rest can still be revoked", async () => {
  const { id } = await server.makeKey();
  await server.context.database
    .updateTable("keys")
    .set({ expires_at: inMs(-1) })
    .where("id", "!=", id)
    .execute();
  expect(await revokeKey(server.context, late(), id)).toMatchObject({ status: "revoked" });
});
