import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Secret } from "../../core/secret.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { RANDOM, type TestServer, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const ATTACKER = "192.0.2.66";

async function guess(times: number, remoteAddress = ATTACKER): Promise<void> {
  for (let tried = 0; tried < times; tried += 1) {
    await server.call("GET /v1/store", { token: newSecret(), remoteAddress });
  }
}

const askAs = (token: Secret, remoteAddress = ATTACKER, target = "GET /v1/store") =>
  server.call(target, { token, remoteAddress });

test("A4: the 31st bad key of a minute gets 429 with Retry-After, before anything is looked up", async () => {
  await guess(29);
  expect((await askAs(newSecret())).status).toBe(401);
  await server.context.database.schema.dropTable("personal_tokens").execute();
  await server.context.database.schema.dropTable("keys").execute();
  const answer = await askAs(newSecret());
  expect([answer.status, answer.headers["retry-after"], answer.body["type"]]).toEqual([
    429,
    "60",
    "https://keywright.dev/problems/too-many-failures",
  ]);
  expect((await askAs(newSecret(), "192.0.2.67")).status).toBe(500);
});

test("A4: a client that waited as told may try again", async () => {
  await guess(30);
  const { secret } = await server.makeKey();
  const refused = await askAs(secret);
  expect(refused.status).toBe(429);
  server.clock.advance(Number(refused.headers["retry-after"]) * 1000);
  expect((await askAs(secret)).status).toBe(200);
});

test("A4: behind an address that guesses, a key that was good goes on; one that is revoked does not", async () => {
  const { id, secret } = await server.makeKey();
  expect((await askAs(secret)).status).toBe(200);
  await guess(40);
  expect((await askAs(secret)).status).toBe(200);
  await server.call(`DELETE /v1/keys/${id}`);
  expect((await askAs(secret)).status).toBe(401);
  expect((await askAs(secret)).status).toBe(429);
});

test("A4: guesses at one API count at the others, each in its own words", async () => {
  await guess(30);
  const cortex = await askAs(newSecret(), ATTACKER, "GET /api/v1/auth/key?page=0&pageSize=9");
  expect([cortex.status, cortex.headers["content-type"]]).toEqual([
    429,
    expect.stringContaining("problem+json"),
  ]);
  const headers = { authorization: newSecret().reveal(), "x-xdr-auth-id": "1" };
  const path = "GET /platform/iam/v1/role";
  const cloud = await server.call(path, { token: null, headers, remoteAddress: ATTACKER });
  expect([cloud.status, cloud.body["reply"]]).toEqual([429, expect.objectContaining({ err_code: 429 })]);
  for (const answer of [cortex, cloud]) expect(answer.headers["retry-after"]).toBe("60");
});

test("A4: requests without a credential, and without the permission, are no guesses", async () => {
  await server.call("PUT /v1/roles/none", { body: { displayName: "None", permissions: [] } });
  const { secret } = await server.makeKey({ roles: [{ type: "custom", tag: "none" }] });
  for (let tried = 0; tried < 40; tried += 1) {
    await server.call("GET /v1/keys", { token: null, remoteAddress: ATTACKER });
    await askAs(secret, ATTACKER, "GET /v1/keys");
  }
  const fresh = await server.makeKey();
  expect((await askAs(fresh.secret)).status).toBe(200);
});

test("A4: nobody is slowed down inside the process", async () => {
  const { directory, clock } = server;
  const store = await openEmbeddedStore({ directory: `${directory}-embedded`, clock, random: RANDOM });
  const ask = (token: Secret) =>
    store.inject({
      method: "GET",
      path: "/v1/store",
      headers: { authorization: `Bearer ${token.reveal()}` },
    });
  for (let tried = 0; tried < 40; tried += 1) expect((await ask(newSecret())).status).toBe(401);
  const { secret } = await server.makeKey();
  expect((await ask(secret)).status).toBe(401);
  expect((await ask(store.adminToken)).status).toBe(200);
  await store.close();
});

test("A13: throttled attempts are counted in the audit log, like those that were looked at", async () => {
  await guess(35);
  const { body } = await server.call(`GET /v1/audit-log?ipAddress=${ATTACKER}`);
  const entries = body["entries"] as readonly { readonly details: Readonly<Record<string, unknown>> }[];
  const counts = entries.map(({ details }) => `${String(details["reason"])} ${Number(details["count"])}`);
  expect(counts.toSorted()).toEqual(["throttled 5", "unknown 30"]);
});

test("A13: a flood of failed verifications leaves a few entries, with their caller", async () => {
  const { id, secret } = await server.makeKey({ roles: [{ type: "default", role: "USER" }] });
  const before = await server.call("GET /v1/audit-log?limit=1000");
  for (let tried = 0; tried < 500; tried += 1) {
    await server.call("POST /v1/verify", { token: secret, body: { key: newSecret().reveal() } });
  }
  const { body } = await server.call("GET /v1/audit-log?action=VERIFICATION_FAILED");
  expect(body["entries"]).toMatchObject([{ actorId: id, actorType: "API_KEY", details: { count: 500 } }]);
  const after = await server.call("GET /v1/audit-log?limit=1000");
  expect((after.body["entries"] as unknown[]).length).toBe((before.body["entries"] as unknown[]).length + 1);
});

test(
  "A4: in a flood of bad keys from its own address a key that was good is always answered",
  { timeout: 90_000 },
  async () => {
    await server.app.listen({ host: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/v1/store`;
    const script = fileURLToPath(new URL("./load.fixture.ts", import.meta.url));
    const load = async (token: Secret, connections: number) => {
      const args = ["--import", "tsx", script, url, token.reveal(), String(connections), "1000"];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return JSON.parse(stdout) as { statuses: Record<string, number> };
    };
    // Whichever of the two is quicker: a key that is shown for the first time in a flood waits with the rest.
    expect((await askAs(server.admin)).status).toBe(200);
    const [flooded, flood] = await Promise.all([load(server.admin, 4), load(newSecret(), 4)]);
    expect(Object.keys(flooded.statuses)).toEqual(["200"]);
    expect(flood.statuses["429"]).toBeGreaterThan(100);
    expect(flood.statuses["401"]).toBeLessThan(50);
  },
);
