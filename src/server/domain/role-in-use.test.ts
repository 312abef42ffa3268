import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";
import { refuseRoleInUse } from "./role-in-use.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const inUse = () => refuseRoleInUse(server.context.database, "viewer", server.clock.now());

test("a role is in use until the overlap of its replaced key is over, swept or not", async () => {
  const content = { displayName: "Viewer", permissions: ["View API keys"] };
  await server.call("PUT /v1/roles/viewer", { body: content });
  const { id } = await server.makeKey({ roles: [{ type: "custom", tag: "viewer" }] });
  const { database } = server.context;
  const retireAt = new Date(server.clock.now().getTime() + 1000).toISOString();
  await database.updateTable("keys").set({ retire_at: retireAt }).where("id", "=", id).execute();
  expect(await inUse()).toMatchObject({ refused: "role-in-use" });
  server.clock.advance(1000);
  expect(await inUse()).toBeUndefined();
});
