import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "./create-app.ts";
import { PROBLEMS } from "./problem.ts";
import { type TestServer, aNewKey, newSecret, openTestServer } from "./server.fixture.ts";

const logged: string[] = [];
const record = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));

let server: TestServer;
beforeEach(async () => {
  logged.length = 0;
  server = await openTestServer({ info: record, error: record });
});
afterEach(() => server.close());

test("A2: a route without a declared permission stops the start", () => {
  const app = createApp(server.context);
  expect(() => app.get("/v1/open", () => "x")).toThrow("GET /v1/open declares no permission");
});

test("A4: missing rights aside, malformed, unknown, expired and revoked keys look the same to a stranger", async () => {
  const expired = await server.makeKey({ expiresAt: "2026-11-21T08:00:01Z" });
  const revoked = await server.makeKey();
  const lapsed = await server.makeKey({}, "pending");
  await server.call(`DELETE /v1/keys/${revoked.id}`);
  server.clock.advance(15 * 60_000);
  const tokens = [expired.secret, revoked.secret, lapsed.secret, newSecret()].map((secret) =>
    secret.reveal(),
  );
  const answers = await Promise.all(
    [...tokens, "garbage", "kw_live_short"].map((token) =>
      server.call("GET /v1/keys", { token: null, headers: { authorization: `Bearer ${token}` } }),
    ),
  );
  const seen = answers.map(({ status, text, headers }) =>
    JSON.stringify([status, text, { ...headers, date: "", "x-request-id": "" }]),
  );
  expect(new Set(seen).size).toBe(1);
  expect(answers[0]?.status).toBe(401);
});

test("A9: 401 carries WWW-Authenticate, with an error only when a credential was shown", async () => {
  const none = await server.call("GET /v1/store", { token: null });
  expect(none.headers["www-authenticate"]).toBe('Bearer realm="keywright"');
  const wrong = await server.call("GET /v1/store", { token: newSecret() });
  expect(wrong.headers["www-authenticate"]).toBe('Bearer realm="keywright", error="invalid_token"');
  const basic = await server.call("GET /v1/store", { token: null, headers: { authorization: "Basic eDp5" } });
  expect(basic.status).toBe(401);
  const { secret } = await server.makeKey();
  const weak = await server.call("GET /v1/keys", { token: secret });
  expect(weak.status).toBe(200);
  const forbidden = await server.call("PUT /v1/policy", { token: secret, body: {} });
  expect(forbidden.headers["www-authenticate"]).toContain('error="insufficient_scope"');
});

test("A9: a token in the query is refused, alone or beside a header", async () => {
  const target = `GET /v1/store?access_token=${server.admin.reveal()}`;
  for (const token of [null, server.admin]) {
    const answer = await server.call(target, { token });
    expect([answer.status, answer.text.includes(server.admin.reveal())]).toEqual([400, false]);
  }
  expect(logged.join("\n")).not.toContain(server.admin.reveal());
});

test("A7: a wrong method gives 405 with Allow, an unknown path 404, both as problems", async () => {
  const wrong = await server.call("PUT /v1/keys/x?y=1", { token: null });
  expect([wrong.status, wrong.headers["allow"]]).toEqual([405, "DELETE, GET, PATCH"]);
  expect((await server.call("DELETE /v1/keys")).headers["allow"]).toBe("GET, POST");
  const unknown = await server.call("GET /v1/nothing", { token: null });
  expect([unknown.status, unknown.headers["content-type"]]).toEqual([
    404,
    "application/problem+json; charset=utf-8",
  ]);
  expect((await server.call("GET /v1/%zz", { token: null })).status).toBe(400);
});

test("A7: a body that is not JSON by its type is 415", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
    const headers = { "content-type": type, "idempotency-key": "x" };
    const answer = await server.call("POST /v1/keys", { headers, body: "name=x" });
    expect([type, answer.status]).toEqual([type, 415]);
  }
});

test("A7: every answer says nosniff and no-store, and none allows another origin", async () => {
  const headers = { origin: "https://evil.example" };
  for (const target of [
    "GET /v1/store",
    "GET /v1/nothing",
    "DELETE /v1/keys",
    "GET /healthz",
    "GET /v1/%zz",
  ]) {
    const answer = await server.call(target, { headers });
    expect(answer.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("A6: a body over the limit is 413; broken and deeply nested JSON is 400", async () => {
  const headers = { "idempotency-key": "x" };
  const send = (body: string) => server.call("POST /v1/keys", { headers, body });
  expect((await send(JSON.stringify({ name: "x".repeat(200_000) }))).status).toBe(413);
  expect((await send("{")).status).toBe(400);
  expect((await send(`${"[".repeat(50_000)}${"]".repeat(50_000)}`)).status).toBe(400);
  expect((await send("[]")).status).toBe(400);
  expect((await send("")).status).toBe(400);
});

test("A6: a request with many faults gets a bounded answer", async () => {
  const labels = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`l${i}`, i]));
  const headers = { "idempotency-key": "x" };
  const answer = await server.call("POST /v1/keys", { headers, body: aNewKey(newSecret(), { labels }) });
  expect(answer.status).toBe(400);
  expect(answer.body["errors"]).toHaveLength(20);
});

test("A6: headers over the limit, and what is no HTTP, are answered by problems", async () => {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const ask = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  const big = await ask(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-big: ${"x".repeat(20_000)}\r\n\r\n`);
  expect(big).toMatch(/^HTTP\/1\.1 431 [^]*application\/problem\+json[^]*headers-too-large/);
  expect(await ask("BREW /pot\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [^]*invalid-request/);
  const twice = `authorization: Bearer ${newSecret().reveal()}\r\n`;
  const two = await ask(`GET /v1/store HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${twice}${twice}\r\n`);
  expect(two).toMatch(/^HTTP\/1\.1 400 [^]*ambiguous-credentials/);
});

test("A6: a URL with U+0000 is no URL, on every engine and in every API", async () => {
  for (const path of [
    "/v1/keys/%00",
    "/v1/keys?cursor=%00",
    "/api/v1/auth/key/a%00b",
    "/platform/iam/v1/role/%00",
  ]) {
    expect([path, (await server.call(`GET ${path}`)).status]).toEqual([path, 400]);
  }
});

test("A8: a failure inside says nothing but 500; its story is in the log", async () => {
  await server.context.database.schema.dropTable("security_policy").execute();
  const answer = await server.call("GET /v1/policy");
  expect(answer.body).toEqual({
    type: "https://keywright.dev/problems/internal",
    title: "The server failed",
    status: 500,
  });
  expect(logged.at(0)).toContain("request failed");
});

test("A8: problems name no key, hash, path or SQL of the store", async () => {
  const { secret } = await server.makeKey();
  const answers = [
    await server.call("POST /v1/verify", { body: { key: secret.reveal(), extra: 1 } }),
    await server.call("POST /v1/verify", { body: { [secret.reveal()]: 1 } }),
    await server.call(`GET /v1/keys/${secret.reveal()}`),
    await server.call(`GET /v1/keys?label=${secret.reveal()}`),
    await server.call("POST /v1/verify", { body: `{"key": "${secret.reveal()}` }),
  ];
  for (const { text, status } of answers) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(secret.reveal());
    expect(text).not.toMatch(/select|sqlite|\/tmp\/|node_modules| at /i);
  }
});

test("A12: no key stands in the database, its log, or the server's log", async () => {
  const { id, secret } = await server.makeKey({}, "pending");
  await server.call("POST /v1/verify", { body: { key: secret.reveal() } });
  await server.call("GET /v1/store", { token: secret });
  await server.call(`GET /v1/keys/${secret.reveal()}`);
  await server.call(`DELETE /v1/keys/${id}`);
  const stored = await server.stored();
  expect(stored.join()).toContain(id);
  for (const text of [...stored, logged.join("\n")]) {
    for (const key of [secret, server.admin]) expect(text).not.toContain(key.reveal().slice(8, 32));
  }
});

test("every problem has its own title, and a status of its family", () => {
  const titles = Object.values(PROBLEMS).map(([, title]) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test("docs/store-api.md lists every route and every problem", async () => {
  const text = await readFile(new URL("../../docs/store-api.md", import.meta.url), "utf8");
  const rows = text.replaceAll(/ +/g, " ");
  const native = server.app.declaredRoutes.filter(({ url }) => /^\/(v1\/|\w+$)/.test(url));
  const expected = [
    ...Object.entries(PROBLEMS).map(([kind, [status]]) => `| \`${kind}\` | ${status} |`),
    ...native.map(({ method, url }) => `| \`${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}\` |`),
  ];
  expect(expected.filter((row) => !rows.includes(row))).toEqual([]);
});
