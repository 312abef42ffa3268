/** What holds for all of the Cortex façade: who gets in, how it says no, and how often it may be asked. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { PERMISSIONS } from "../../domain/permissions.ts";
import { type Call, type TestServer, newSecret, openTestServer } from "../../server.fixture.ts";

const logged: string[] = [];
const record = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));

const LIMIT = 5;
let server: TestServer;
beforeEach(async () => {
  logged.length = 0;
  const cortex = { requestsPerMinute: LIMIT };
  server = await openTestServer({ info: record, error: record }, { cortex });
});
afterEach(() => server.close());

const LIST = "GET /auth/key?pageSize=10&page=0";
const call = (target: string, options: Call = {}) => server.call(target.replace(" ", " /api/v1"), options);
const error = (httpStatus: number, type: string) => ({
  message: expect.stringMatching(/./) as string,
  type,
  requestId: expect.stringMatching(/./) as string,
  httpStatus,
});
const PLAIN = "application/json; charset=utf-8";

test("401: no key, and any key that does not work, get the same plain answer", async () => {
  const { id, secret } = await server.makeKey();
  await server.call(`DELETE /v1/keys/${id}`);
  const basic = { headers: { authorization: "Basic eDp5" } };
  const answers = [
    await call(LIST, { token: null }),
    await call(LIST, { token: newSecret() }),
    await call(LIST, { token: secret }),
    await call(LIST, { token: null, ...basic }),
  ];
  for (const { status, headers, body } of answers) {
    expect([status, headers["content-type"], headers["www-authenticate"]]).toEqual([401, PLAIN, "Bearer"]);
    expect(body).toEqual({ ...error(401, "UNAUTHORIZED"), message: "A valid API key is required" });
  }
});

test("403: a missing permission and a missing place on the allowlist are told apart", async () => {
  const { secret: token } = await server.makeKey();
  const weak = await call(LIST, { token });
  expect([weak.status, weak.headers["content-type"]]).toEqual([403, PLAIN]);
  expect(weak.body).toEqual({
    ...error(403, "FORBIDDEN"),
    message: 'The API key needs the permission "Edit API keys"',
  });
  await server.call("PUT /v1/ip-allowlist", { body: { entries: [{ address: "127.0.0.1" }] } });
  for (const target of [LIST, "GET /nothing", "PATCH /auth/key"]) {
    const far = await call(target, { remoteAddress: "203.0.113.7" });
    expect([far.status, far.headers["content-type"]]).toEqual([403, PLAIN]);
    expect(far.body).toEqual({ ...error(403, "FORBIDDEN"), message: "IP address not on the allowlist" });
  }
  expect((await call(LIST)).status).toBe(200);
});

test("404: a path that is not there is answered in the façade's words, whatever the body", async () => {
  const paths = ["GET /", "GET /nothing", "GET /catalog", "GET /auth/key/x/y"];
  for (const target of [...paths, `GET /auth/key/${"x".repeat(200)}`]) {
    const answer = await call(target, { token: null });
    expect([target, answer.status, answer.headers["content-type"]]).toEqual([target, 404, PLAIN]);
    expect(answer.body).toEqual({ ...error(404, "NOT_FOUND"), message: "There is no such resource" });
  }
  expect((await call("POST /nothing", { body: {} })).body["type"]).toBe("NOT_FOUND");
});

test("405: another method lists the ones that there are", async () => {
  const wrong = [
    ["PATCH /auth/key/ak1", "DELETE, GET, PUT"],
    ["DELETE /auth/key", "GET, POST"],
    ["POST /audit-logs", "GET"],
    ["DELETE /secrets", "GET, POST"],
    ["POST /secrets/x", "DELETE, GET, PUT"],
  ] as const;
  for (const [target, allowed] of wrong) {
    const answer = await call(target);
    expect([answer.status, answer.headers["allow"], answer.headers["content-type"]]).toEqual([
      405,
      allowed,
      PLAIN,
    ]);
    expect(answer.body).toEqual(error(405, "METHOD_NOT_ALLOWED"));
  }
});

test("A3: 400: what cannot be read, and what would change prototypes, is refused in plain JSON", async () => {
  const broken = await call("GET /%zz", { token: null });
  expect([broken.status, broken.body]).toEqual([400, error(400, "BAD_REQUEST")]);
  for (const body of ["{", "", "null", '{"__proto__": {"name": "x"}}']) {
    const answer = await call("POST /auth/key", { body });
    expect([body, answer.status, answer.headers["content-type"]]).toEqual([body, 400, PLAIN]);
    server.clock.advance(60_000);
  }
});

const bodyOf = (length: number) => `{"name":"${"x".repeat(length - 11)}"}`;

test("A6: a body may have 2 MB, and no more", async () => {
  const fits = await call("POST /auth/key", { body: bodyOf(2 * 1024 * 1024) });
  expect([fits.status, fits.body["type"]]).toEqual([400, "BAD_REQUEST"]);
  const over = await call("POST /auth/key", { body: bodyOf(2 * 1024 * 1024 + 1) });
  expect([over.status, over.headers["content-type"]]).toEqual([413, PLAIN]);
  expect(over.body).toEqual(error(413, "PAYLOAD_TOO_LARGE"));
});

test("A6: a refused field with an endless name gets a bounded answer", async () => {
  const answer = await call("POST /auth/key", { body: { ["x".repeat(1_000_000)]: 1 } });
  expect(answer.status).toBe(400);
  expect(answer.text.length).toBeLessThan(3000);
});

test("A7: a body that is not JSON by its type is 415; a GET may say what it likes", async () => {
  const headers = { "content-type": "application/yaml" };
  const answer = await call("POST /auth/key", { headers, body: "name: x" });
  expect([answer.status, answer.headers["content-type"]]).toEqual([415, PLAIN]);
  expect(answer.body).toEqual(error(415, "UNSUPPORTED_MEDIA_TYPE"));
  expect((await call(LIST, { headers })).status).toBe(200);
});

test("A8: a failure inside is a bare 500 in plain JSON; its story is in the log", async () => {
  await server.context.database.schema.dropTable("notices").execute();
  const answer = await call("GET /notifications/logs");
  expect([answer.status, answer.headers["content-type"]]).toEqual([500, PLAIN]);
  expect(answer.body).toEqual({ ...error(500, "INTERNAL_SERVER_ERROR"), message: "The server failed" });
  expect(logged.join("\n")).toContain("request failed");
});

test("A8: no answer and no log holds the key or a value that a request showed", async () => {
  const secret = newSecret().reveal();
  const answers = [
    await call(`GET /auth/key/${secret}`),
    await call("POST /auth/key", { body: { [secret]: 1 } }),
    await call("POST /auth/key", { body: `{"name": "${secret}` }),
    await call(`GET /auth/key?pageSize=1&page=0&x=${secret}`),
    await call("POST /secrets", { body: { name: "x", tag: "x", secret, extra: secret } }),
  ];
  for (const { status, text } of answers) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(secret);
  }
  expect(logged.join("\n")).not.toContain(secret);
});

test("429: the request above the limit gets problem+json and Retry-After in whole seconds", async () => {
  for (let asked = 0; asked < LIMIT; asked += 1) {
    expect((await call(LIST)).status).toBe(200);
    server.clock.advance(1500);
  }
  const answer = await call(LIST);
  // 7.5 s of the minute are over.
  expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "53"]);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.body).toEqual({
    type: "about:blank",
    title: "Too Many Requests",
    status: 429,
    detail: "Too many requests in a short time; try again in 53 s.",
    retryAfter: 53,
  });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
  server.clock.advance(52_499);
  expect((await call(LIST)).headers["retry-after"]).toBe("1");
  server.clock.advance(1);
  expect((await call(LIST)).status).toBe(200);
});

test("the limit is 1000 requests a minute unless said otherwise", async () => {
  const usual = await openTestServer();
  try {
    const ask = () => usual.call("GET /api/v1/auth/key/ak0");
    for (let asked = 0; asked < 1000; asked += 1) expect((await ask()).status).toBe(404);
    expect((await ask()).status).toBe(429);
  } finally {
    await usual.close();
  }
});

test("each credential has its own limit, refused and failed requests included", async () => {
  const { secret: token } = await server.makeKey();
  for (let asked = 0; asked < LIMIT; asked += 1) expect((await call(LIST, { token })).status).toBe(403);
  expect((await call(LIST, { token })).status).toBe(429);
  expect((await call(LIST)).status).toBe(200);
});

test("who shows no good key is limited by address, which takes nothing from those who do", async () => {
  for (let asked = 0; asked < LIMIT; asked += 1) {
    expect((await call(LIST, { token: null })).status).toBe(401);
  }
  expect((await call(LIST, { token: null })).status).toBe(429);
  expect((await call(LIST)).status).toBe(200);
  expect((await call(LIST, { token: null, remoteAddress: "203.0.113.7" })).status).toBe(401);
});

test("A4: a 429 for too many bad keys has the same shape", async () => {
  const usual = await openTestServer();
  try {
    let answer = await usual.call("GET /api/v1/auth/key/ak0", { token: newSecret() });
    for (let asked = 0; asked < 50 && answer.status === 401; asked += 1) {
      answer = await usual.call("GET /api/v1/auth/key/ak0", { token: newSecret() });
    }
    expect([answer.status, answer.body["title"]]).toEqual([429, "Too Many Requests"]);
    expect(answer.headers["retry-after"]).toBe(String(answer.body["retryAfter"]));
  } finally {
    await usual.close();
  }
});

const listRoutes = () => server.app.declaredRoutes.filter(({ url }) => url.startsWith("/api/v1/"));

test("A2: each route declares its permission, and closes its path, its query, its body and its answer", () => {
  const routes = listRoutes();
  expect(routes).toHaveLength(16);
  for (const { method, url, permission, schema = {} } of routes) {
    expect(PERMISSIONS, `${method} ${url}`).toContain(permission);
    const { 200: success, ...rest } = schema.response as Record<string, object>;
    expect(Object.keys(rest).sort()).toEqual(["429", "4xx", "5xx"]);
    const parts = [
      schema.querystring,
      ...(url.includes(":") ? [schema.params] : []),
      ...(method === "POST" || method === "PUT" ? [schema.body] : []),
      // A delete answers nothing at all.
      ...(method === "DELETE" ? [] : [success]),
      ...Object.values(rest),
    ];
    for (const part of parts) expect(part, url).toMatchObject({ additionalProperties: false });
  }
});

test("A1: every route refuses a stranger, and a key that may do everything but this", async () => {
  for (const { method, url, permission } of listRoutes()) {
    const target = `${method} ${url.replace(/:\w+/, "x")}`;
    const permissions = PERMISSIONS.filter((one) => one !== permission);
    await server.call("PUT /v1/roles/most", { body: { displayName: "Most", permissions } });
    const { secret } = await server.makeKey({ roles: [{ type: "custom", tag: "most" }] });
    expect([target, (await server.call(target, { token: null })).status]).toEqual([target, 401]);
    expect([target, (await server.call(target, { token: secret })).status]).toEqual([target, 403]);
    server.clock.advance(60_000);
  }
});

test("the native API's limits and words are its own", async () => {
  for (let asked = 0; asked <= LIMIT; asked += 1) await call(LIST);
  const native = await server.call("GET /v1/keys");
  expect(native.status).toBe(200);
  const missing = await server.call("GET /v1/nothing");
  expect(missing.headers["content-type"]).toMatch(/^application\/problem\+json/);
});
