import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";

const lines: Readonly<Record<string, unknown>>[] = [];
const record = (fields: object, message: string) => void lines.push({ ...fields, message });

let server: TestServer;
beforeEach(async () => {
  lines.length = 0;
  server = await openTestServer({ info: record, error: record });
});
afterEach(() => server.close());

test("a request's id is the caller's if it is well-formed, and else our own; the answer carries it", async () => {
  const sent = await server.call("GET /healthz", { headers: { "x-request-id": "trace-1.a_B" } });
  expect(sent.headers["x-request-id"]).toBe("trace-1.a_B");
  const key = newSecret().reveal();
  for (const odd of ["", "a b", "x".repeat(65), "<script>", key, `id-${key}`]) {
    const answer = await server.call("GET /healthz", { headers: { "x-request-id": odd } });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  }
  expect(lines[0]?.["requestId"]).toBe("trace-1.a_B");
});

test("the access log has one line for each request, with who, what, from where and how it ended", async () => {
  const { id } = (await server.call("GET /v1/store")).body["caller"] as { id: string };
  await server.call("GET /v1/keys/missing?x=1");
  await server.call("GET /nowhere", { token: null });
  const expected = [
    { method: "GET", route: "/v1/store", status: 200, caller: id, address: "127.0.0.1" },
    { method: "GET", route: "/v1/keys/:id", status: 404, message: "GET /v1/keys/:id 404" },
    { method: "GET", route: null, status: 404, caller: null, message: "GET (no route) 404" },
  ];
  expect(lines).toHaveLength(expected.length);
  for (const [at, fields] of expected.entries()) {
    expect(lines[at]).toMatchObject(fields);
    expect(lines[at]?.["ms"]).toBeTypeOf("number");
  }
});

test("a caller that hangs up before its answer leaves one line too", async () => {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  await new Promise<void>((done) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        "POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n",
      );
      socket.write(`authorization: Bearer ${server.admin.reveal()}\r\n\r\n{`);
      setImmediate(() => socket.destroy());
    });
    socket.on("close", () => done());
  });
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await server.app.close();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ route: "/v1/verify", status: null, message: "POST /v1/verify aborted" });
});

test("A13: a secret in any place of a request stays out of the log", async () => {
  const canary = newSecret().reveal();
  const places = [
    "authorization",
    "cookie",
    "x-request-id",
    "user-agent",
    "referer",
    "x-forwarded-for",
    "accept",
  ];
  for (const name of places) {
    await server.call("GET /v1/store", { token: null, headers: { [name]: canary } });
    await server.call("POST /v1/keys", { token: null, headers: { [name]: `Bearer ${canary}` }, body: {} });
  }
  const values = { headers: { "idempotency-key": canary }, body: aNewKey(newSecret(), { name: canary }) };
  await server.call("POST /v1/keys", values);
  for (const target of [
    `GET /${canary}`,
    `GET /v1/keys/${canary}`,
    `GET /v1/store?access_token=${canary}`,
    `GET /v1/keys?${canary}=1&cursor=${canary}`,
    `GET /v1/%zz${canary}`,
    `PUT /v1/roles/${canary}`,
  ]) {
    await server.call(target);
  }
  await server.call("POST /v1/verify", { body: { key: canary } });
  await server.call("POST /v1/verify", { body: `{"${canary}` });
  expect(lines.length).toBeGreaterThan(20);
  expect(JSON.stringify(lines)).not.toContain(canary.slice(8, 40));
});

test("A13: what would break a line of the log stays inside it", async () => {
  const odd = "a\r\nb\u001b[31m\u2028c\u0000";
  await server.call(`GET /v1/keys/${encodeURIComponent(odd)}`, { headers: { "x-request-id": "a\u001bb" } });
  await server.call(`GET /${encodeURIComponent(odd)}`);
  // eslint-disable-next-line no-control-regex
  expect(JSON.stringify(lines)).not.toMatch(/[\r\n\u001b\u2028]|\\r|\\u001b/);
});
