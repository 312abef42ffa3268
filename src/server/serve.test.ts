import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Secret } from "../core/secret.ts";
import { readAdminToken } from "./admin-token.ts";
import { type TestDatabase, createTestDatabase } from "./database/test-database.fixture.ts";
import { type EmbeddedStore, openEmbeddedStore } from "./open-embedded-store.ts";
import { serve } from "./serve.ts";
import { RANDOM, aNewKey, newSecret } from "./server.fixture.ts";

let directory: string;
let database: TestDatabase;
let where: Parameters<typeof serve>[0];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keywright-serve-"));
  database = await createTestDatabase();
  where = { directory, ...database.options };
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const ask = (url: string, token: Secret) =>
  fetch(url, { headers: { authorization: `Bearer ${token.reveal()}` } });
const post = (url: string, token: Secret, body: unknown) =>
  fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      "content-type": "application/json",
      "idempotency-key": "op-1",
    },
    body: JSON.stringify(body),
  });

const createIn = (store: EmbeddedStore, operation: string) =>
  store.inject({
    method: "POST",
    path: "/v1/keys",
    headers: {
      authorization: `Bearer ${store.adminToken.reveal()}`,
      "content-type": "application/json",
      "idempotency-key": operation,
    },
    body: JSON.stringify(aNewKey(newSecret())),
  });

test("a served store answers on its URL, and its first start says where the token is", async () => {
  const server = await serve({ ...where, port: 0 });
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect([server.firstStart, server.adminTokenFile]).toEqual([true, join(directory, "admin-token")]);
  const answer = await ask(`${server.url}/v1/store`, await readAdminToken(server.adminTokenFile));
  expect([answer.status, await answer.json()]).toEqual([
    200,
    expect.objectContaining({ id: server.storeId }),
  ]);
  await server.close();
  const again = await serve({ ...where, port: 0 });
  await again.close();
  expect(again.firstStart).toBe(false);
});

test("a public address needs a clear yes, and nothing is made without it", async () => {
  await expect(serve({ ...where, host: "0.0.0.0", port: 0 })).rejects.toMatchObject({ code: "USAGE" });
  expect(await readdir(directory)).toEqual([]);
  const server = await serve({ ...where, host: "0.0.0.0", port: 0, allowPlainHttp: true });
  await server.close();
});

test("a port that is taken is named, and the database is let go", async () => {
  const first = await serve({ ...where, port: 0 });
  const port = Number(new URL(first.url).port);
  await expect(serve({ ...where, port })).rejects.toMatchObject({
    code: "SERVER_FAILED",
    message: `The server cannot listen on 127.0.0.1:${port} (EADDRINUSE).`,
  });
  await first.close();
});

test("a server and an embedded store on one directory see each other's changes at once", async () => {
  const server = await serve({ ...where, port: 0 });
  const clock = { now: () => new Date() };
  const embedded = await openEmbeddedStore({ ...where, clock, random: RANDOM });
  const secret = newSecret();
  const created = await post(`${server.url}/v1/keys`, embedded.adminToken, aNewKey(secret));
  const { id } = (await created.json()) as { id: string };
  const headers = { authorization: `Bearer ${embedded.adminToken.reveal()}` };
  expect((await ask(`${server.url}/v1/store`, secret)).status).toBe(200);
  const revoked = await embedded.inject({ method: "DELETE", path: `/v1/keys/${id}`, headers });
  expect(revoked.status).toBe(204);
  expect((await ask(`${server.url}/v1/store`, secret)).status).toBe(401);
  await embedded.close();
  await server.close();
});

test("writers on several connections wait for each other and lose nothing", async () => {
  const clock = { now: () => new Date() };
  const opening = ["a", "b", "c"].map(() => openEmbeddedStore({ ...where, clock, random: RANDOM }));
  const stores = await Promise.all(opening);
  const numbers = Array.from({ length: 30 }, (_, number) => number);
  const answers = await Promise.all(
    stores.flatMap((store, index) => numbers.map((number) => createIn(store, `op-${index}-${number}`))),
  );
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
  await Promise.all(stores.map((store) => store.close()));
});
