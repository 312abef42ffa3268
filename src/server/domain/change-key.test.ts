import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import type { Caller } from "./caller.ts";
import { changeKeyRoles } from "./change-key-access.ts";
import { PERMISSIONS } from "./permissions.ts";

const READ_ONLY = { roles: [{ type: "default", role: "READ_ONLY" }] };
const ROOT: Caller = {
  type: "API_KEY",
  id: "key_root",
  userId: null,
  ipAddress: null,
  roles: [],
  permissions: new Set<string>(PERMISSIONS),
};

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

test("A5: who activates a successor needs the rights that the replaced key has by now", async () => {
  const { secret: manager } = await server.makeKey({ roles: [{ type: "default", role: "MANAGER" }] });
  const old = await server.makeKey(READ_ONLY);
  const rotated = await server.call(`POST /v1/keys/${old.id}/rotate`, {
    token: manager,
    headers: { "idempotency-key": "rotate" },
    body: { overlapSeconds: 0 },
  });
  const activate = `POST /v1/keys/${String(rotated.body["id"])}/activate`;
  await changeKeyRoles(server.context, ROOT, old.id, [{ type: "default", role: "ADMIN" }]);
  expect((await server.call(activate, { token: manager })).status).toBe(403);
  expect((await server.call("GET /v1/keys", { token: old.secret })).status).toBe(200);
  expect((await server.call(activate)).status).toBe(200);
  expect((await server.call("GET /v1/keys", { token: old.secret })).status).toBe(401);
});
