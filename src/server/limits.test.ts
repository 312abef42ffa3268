/** What one request, or one client, can take from the others: sizes, depths, times, connections. */

import { type AddressInfo, type Socket, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { type TestServer, aNewKey, newSecret, openTestServer } from "./server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer(undefined, { cortexCloudLimit: { requests: 1e9, windowMs: 1000 } });
});
afterEach(() => server.close());

const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

async function listen(): Promise<number> {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  return (server.app.server.address() as AddressInfo).port;
}

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    sockets.push(socket);
    socket.on("error", reject);
  });

/** All that comes until the other side closes. */
const heard = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", () => undefined);
  });

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

const WRITERS = [
  "POST /v1/keys",
  "PUT /v1/policy",
  "PUT /v1/ip-allowlist",
  "POST /v1/users",
  "POST /api/v1/auth/key",
  "POST /public_api/v1/api_keys/generate",
];

function send(target: string, body: string) {
  const isCloud = target.includes("/public_api/");
  const headers: Record<string, string> = { "idempotency-key": "x" };
  return isCloud
    ? server.call(target, {
        token: null,
        headers: { authorization: server.admin.reveal(), "x-xdr-auth-id": "1" },
        body,
      })
    : server.call(target, { headers, body });
}

test("A6: JSON of 100,000 levels, alone or twice in a list, is refused by every API without harm", async () => {
  const twice = (name: string): string => `{"${name}":[${nested(25_000)},${nested(25_000)}]}`;
  for (const target of WRITERS) {
    for (const body of [
      nested(50_000),
      twice("roles"),
      twice("entries"),
      `{"request_data":${twice("roles")}}`,
    ]) {
      const { status, text } = await send(target, body);
      expect([target, status]).toEqual([target, 400]);
      expect(text.length).toBeLessThan(2000);
    }
  }
  expect((await send("POST /api/v1/auth/key", nested(1_100_000))).status).toBe(413);
  expect((await send("POST /api/v1/auth/key", nested(900_000))).status).toBe(400);
});

test("A6: a list as long as a body may be costs no more than its size", async () => {
  const numbers = Array.from({ length: 18_000 }, (_, index) => index);
  const things = Array.from({ length: 9_000 }, (_, a) => ({ a }));
  for (const target of ["POST /v1/keys", "POST /api/v1/auth/key", "POST /v1/users"]) {
    for (const roles of [numbers, things]) {
      const began = cpuMs();
      const { status, text } = await send(target, JSON.stringify({ roles }));
      expect([target, status, text.length < 5000]).toEqual([target, 400, true]);
      expect(cpuMs() - began).toBeLessThan(5000);
    }
  }
  const vast = JSON.stringify({ roles: Array.from({ length: 100_000 }, (_, index) => index) });
  expect((await send("POST /api/v1/auth/key", vast)).status).toBe(413);
});

test("A6: the same item twice is refused where each may come once", async () => {
  const role = { type: "default", role: "USER" };
  const body = aNewKey(newSecret(), { roles: [role, { role: "USER", type: "default" }] });
  const answer = await server.call("POST /v1/keys", { headers: { "idempotency-key": "x" }, body });
  expect([answer.status, answer.body["errors"]]).toEqual([
    400,
    [{ pointer: "#/roles", detail: "must not hold the same item twice" }],
  ]);
});

const makeKey = async (overrides: object): Promise<number> => {
  const headers = { "idempotency-key": newSecret().reveal().slice(8, 40) };
  return (await server.call("POST /v1/keys", { headers, body: aNewKey(newSecret(), { ...overrides }) }))
    .status;
};
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, "x"]));

test("A6: names, labels and pages have their limits, to the character", async () => {
  expect([await makeKey({ name: "x".repeat(200) }), await makeKey({ name: "x".repeat(201) })]).toEqual([
    201, 400,
  ]);
  expect([await makeKey({ name: "\u{1f511}".repeat(200) }), await makeKey({ name: "" })]).toEqual([201, 400]);
  expect([await makeKey({ labels: labels(64) }), await makeKey({ labels: labels(65) })]).toEqual([201, 400]);
  for (const [limit, status] of [
    ["1000", 200],
    ["1001", 400],
    ["0", 400],
    ["-1", 400],
    ["1e3", 400],
    ["99999999999999999999", 400],
  ] as const) {
    for (const path of ["/v1/keys", "/v1/audit-log", "/v1/secrets", "/v1/users"]) {
      expect([path, limit, (await server.call(`GET ${path}?limit=${limit}`)).status]).toEqual([
        path,
        limit,
        status,
      ]);
    }
  }
});

test("A6: more than 200 headers, or 16 KiB of them, are refused", async () => {
  const port = await listen();
  const ask = async (count: number): Promise<string> => {
    const socket = await dial(port);
    const answer = heard(socket);
    socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${"a: b\r\n".repeat(count)}\r\n`);
    return answer;
  };
  expect(await ask(150)).toMatch(/^HTTP\/1\.1 200 /);
  for (const many of [250, 5000, 10_000]) {
    expect(await ask(many)).toMatch(/^HTTP\/1\.1 431 [^]*headers-too-large/);
  }
});

test("A6: a client that dribbles its headers or its body is cut off in time, and nobody else waits", async () => {
  const port = await listen();
  const { server: http } = server.app;
  [http.headersTimeout, http.requestTimeout] = [300, 300];
  const token = `authorization: Bearer ${server.admin.reveal()}\r\n`;
  const parts = [
    "GET /v1/store HTTP/1.1\r\nhost: x\r\nx-slow: ",
    `POST /v1/verify HTTP/1.1\r\nhost: x\r\n${token}content-type: application/json\r\ncontent-length: 9000\r\n\r\n{`,
  ];
  const slow = await Promise.all(
    parts.map(async (part) => {
      const socket = await dial(port);
      socket.write(part);
      const dribble = setInterval(() => socket.writable && socket.write(" "), 50);
      return heard(socket).finally(() => clearInterval(dribble));
    }),
  );
  // What had begun to be answered by a route can only be cut.
  expect(slow[0]).toMatch(/^HTTP\/1\.1 408 [^]*request-timeout/);
  expect(slow[1]).toMatch(/^(HTTP\/1\.1 408 [^]*request-timeout.*)?$/s);
  expect((await server.call("GET /v1/store")).status).toBe(200);
});

const askText = (token: string, last = ""): string =>
  `GET /v1/store HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${last}\r\n`;

test("A6: pipelined requests are answered one after the other, each with its own caller", async () => {
  const port = await listen();
  const socket = await dial(port);
  const answer = heard(socket);
  const { secret } = await server.makeKey();
  const tokens = Array.from(
    { length: 60 },
    (_, at) => [server.admin, secret, newSecret()][at % 3]?.reveal() ?? "",
  );
  socket.write(tokens.map((token) => askText(token)).join("") + askText("", "connection: close\r\n"));
  const statuses = [...(await answer).matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => match[1]);
  expect(statuses).toEqual([...tokens.map((_, at) => (at % 3 === 2 ? "401" : "200")), "401"]);
});

test("A6: hundreds of silent connections keep nobody from an answer", async () => {
  const port = await listen();
  await Promise.all(Array.from({ length: 500 }, () => dial(port)));
  const socket = await dial(port);
  const answer = heard(socket);
  socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
});

test("A6: a request that is two at once is refused", async () => {
  const port = await listen();
  for (const framing of [
    "content-length: 4\r\ntransfer-encoding: chunked\r\n",
    "content-length: 4\r\ncontent-length: 5\r\n",
    "transfer-encoding: chunked, identity\r\n",
  ]) {
    const socket = await dial(port);
    const answer = heard(socket);
    socket.write(`POST /v1/verify HTTP/1.1\r\nhost: x\r\n${framing}\r\n0\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [^]*invalid-request/);
  }
});
