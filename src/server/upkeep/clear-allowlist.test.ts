import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "../database/test-database.fixture.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { serve } from "../serve.ts";
import { RANDOM } from "../server.fixture.ts";
import { clearAllowlist } from "./clear-allowlist.ts";

const clock = { now: () => new Date() };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keywright-clear-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("whoever is locked out of a running server is let in again, and the audit log says so", async () => {
  const database = await createTestDatabase();
  const place = { directory: join(root, "store"), ...database.options, clock, random: RANDOM };
  const server = await serve({ ...place, port: 0 });
  const store = await openEmbeddedStore(place);
  const authorization = `Bearer ${store.adminToken.reveal()}`;
  const ask = async () => (await fetch(`${server.url}/v1/store`, { headers: { authorization } })).status;
  await store.inject({
    method: "PUT",
    path: "/v1/ip-allowlist",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ entries: [{ address: "192.0.2.1" }, { address: "10.0.0.0/8" }] }),
  });
  expect(await ask()).toBe(403);
  expect(await clearAllowlist(place)).toEqual(["10.0.0.0/8", "192.0.2.1"]);
  expect(await ask()).toBe(200);
  expect(await clearAllowlist(place)).toEqual([]);
  const { body } = await store.inject({ method: "GET", path: "/v1/audit-log", headers: { authorization } });
  expect(body).toContain('"SYSTEM"');
  await store.close();
  await server.close();
  await database.drop();
});

test("a directory without a store is left as it is", async () => {
  const directory = join(root, "nothing");
  await expect(clearAllowlist({ directory, clock, random: RANDOM })).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
  });
  expect(await readdir(root)).toEqual([]);
});
