import { Agent, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

test("healthz says ok also when the database is gone; readyz does not", async () => {
  const ready = await server.call("GET /readyz", { token: null });
  expect([ready.status, ready.body]).toEqual([200, { status: "ready" }]);
  await server.context.database.schema.dropTable("store").execute();
  expect((await server.call("GET /healthz", { token: null })).body).toEqual({ status: "ok" });
  const unready = await server.call("GET /readyz", { token: null });
  expect([unready.status, unready.body["type"], unready.body["detail"]]).toEqual([
    503,
    "https://keywright.dev/problems/unavailable",
    "The database cannot be read.",
  ]);
});

test("readyz sees a database that another version has migrated", async () => {
  await sql`insert into schema_versions (version, applied_at) values (99, 'x')`.execute(
    server.context.database,
  );
  const unready = await server.call("GET /readyz", { token: null });
  expect([unready.status, unready.body["detail"]]).toEqual([
    503,
    "The database has another version than this server.",
  ]);
});

test("readyz sees that another process has changed the pepper", async () => {
  await server.context.database.updateTable("store").set({ pepper_version: 9 }).execute();
  const unready = await server.call("GET /readyz", { token: null });
  expect([unready.status, unready.body["detail"]]).toEqual([503, "The pepper is not the store's newest."]);
});

test("a server that ends tells its probe so, answers what it was asked, and closes each connection", async () => {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) =>
    new Promise<readonly [number | undefined, string | undefined]>((resolve, reject) => {
      httpRequest({ port, path, agent }, (response) => {
        response.resume().on("end", () => resolve([response.statusCode, response.headers.connection]));
      })
        .on("error", reject)
        .end();
    });
  expect(await ask("/readyz")).toEqual([200, "keep-alive"]);
  server.app.ending.hasBegun = true;
  expect(await ask("/readyz")).toEqual([503, "close"]);
  expect(await ask("/healthz")).toEqual([200, "close"]);
  agent.destroy();
});
