import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../create-app.ts";
import { createTestDatabase } from "../database/test-database.fixture.ts";
import { SYSTEM } from "../domain/audit.ts";
import { replaceAllowlist } from "../domain/ip-allowlist.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { serve } from "../serve.ts";
import { type Call, RANDOM, type TestServer, newSecret, openTestServer } from "../server.fixture.ts";
import { trustProxies } from "./trusted-proxies.ts";

const PROXIES = ["10.0.0.0/8", "fd00::/8"];

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer(undefined, { trustProxy: trustProxies(PROXIES) });
});
afterEach(() => server.close());

/** As inside the process: whatever the list was before. */
async function allow(...addresses: string[]): Promise<void> {
  const entries = addresses.map((address) => ({ address }));
  expect(await replaceAllowlist(server.context, SYSTEM, entries)).toHaveLength(addresses.length);
}
const statusFrom = async (remoteAddress: string, forwarded?: string): Promise<number> => {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return (await server.call("GET /v1/store", { remoteAddress, headers })).status;
};

test("an empty list admits everybody, also somebody without an address", async () => {
  for (const address of ["192.0.2.1", "2001:db8::1", "garbage"]) expect(await statusFrom(address)).toBe(200);
});

test("from the first entry on, every route refuses all other addresses, except the probes", async () => {
  await allow("192.0.2.0/24");
  const probes = new Set(["/healthz", "/readyz"]);
  expect(server.app.declaredRoutes.length).toBeGreaterThan(20);
  for (const { method, url } of server.app.declaredRoutes) {
    const { status } = await server.call(`${method} ${url}`, { remoteAddress: "198.51.100.1" });
    expect([method, url, status]).toEqual([method, url, probes.has(url) ? 200 : 403]);
  }
});

test("a path or a method that is not there is refused like the rest", async () => {
  await allow("192.0.2.1");
  for (const target of ["GET /v1/nothing", "GET /", "DELETE /v1/keys", "PUT /healthz"]) {
    const answer = await server.call(target, { remoteAddress: "198.51.100.1", token: null });
    expect([target, answer.status, answer.body["type"]]).toEqual([
      target,
      403,
      "https://keywright.dev/problems/address-not-allowed",
    ]);
    expect(answer.headers).not.toHaveProperty("allow");
  }
});

test("A4: an address that is not on the list learns nothing about a credential", async () => {
  await allow("192.0.2.1");
  const remoteAddress = "198.51.100.1";
  const calls: Call[] = [
    {},
    { token: null },
    { token: newSecret() },
    { headers: { authorization: "Basic eDp5" } },
    { body: { key: server.admin.reveal() } },
    { body: "{" },
  ];
  const answers = await Promise.all(
    calls.map((call) => server.call("POST /v1/verify", { ...call, remoteAddress })),
  );
  answers.push(await server.call("POST /v1/verify?access_token=x", { remoteAddress }));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(403);
  for (const { headers } of answers) expect(headers).not.toHaveProperty("www-authenticate");
});

test("a pending key is not activated by its use from an address that is not on the list", async () => {
  const { id, secret: token } = await server.makeKey({}, "pending");
  await allow("192.0.2.1");
  await server.call("GET /v1/store", { remoteAddress: "198.51.100.1", token });
  const { body } = await server.call(`GET /v1/keys/${id}`, { remoteAddress: "192.0.2.1" });
  expect(body["status"]).toBe("pending");
});

const ADMITTED = [
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.0/31", "::ffff:192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8::/33", "2001:DB8:7fff::1"],
  ["fe80::/10", "fe80::1%eth0"],
] as const;
const NOT_ADMITTED = [
  ["192.0.2.0/31", "192.0.2.2"],
  ["2001:db8::/33", "2001:db8:8000::1"],
  ["::/1", "192.0.2.1"],
  ["::/1", "::ffff:192.0.2.1"],
  ["0.0.0.0/1", "::c000:201"],
  ["192.0.2.1", " "],
  ["192.0.2.1", "garbage"],
  ["192.0.2.1", "192.0.2.1.example.com"],
] as const;

test("an entry admits its addresses in every spelling, and no others", async () => {
  for (const [entry, address] of ADMITTED) {
    await allow(entry);
    expect([entry, address, await statusFrom(address)]).toEqual([entry, address, 200]);
  }
  for (const [entry, address] of NOT_ADMITTED) {
    await allow(entry);
    expect([entry, address, await statusFrom(address)]).toEqual([entry, address, 403]);
  }
});

test("A7: X-Forwarded-For and its like change nothing for a peer that is no trusted proxy", async () => {
  await allow("192.0.2.1");
  for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "via"]) {
    const headers = { [name]: "192.0.2.1" };
    const forged = await server.call("GET /v1/store", { remoteAddress: "198.51.100.1", headers });
    expect([name, forged.status]).toEqual([name, 403]);
    const elsewhere = { [name]: "198.51.100.1" };
    const honest = await server.call("GET /v1/store", { remoteAddress: "192.0.2.1", headers: elsewhere });
    expect([name, honest.status]).toEqual([name, 200]);
  }
});

test("A7: without trusted proxies nobody's X-Forwarded-For is believed", async () => {
  await allow("192.0.2.1");
  const app = createApp(server.context);
  const response = await app.inject({
    url: "/v1/store",
    remoteAddress: "10.0.0.1",
    headers: { authorization: `Bearer ${server.admin.reveal()}`, "x-forwarded-for": "192.0.2.1" },
  });
  await app.close();
  expect(response.statusCode).toBe(403);
});

const FORWARDED = [
  ["192.0.2.1", "10.0.0.1", 200],
  ["192.0.2.1", "::ffff:10.0.0.1", 200],
  ["192.0.2.1", "fd00::1", 200],
  ["::ffff:192.0.2.1", "10.0.0.1", 200],
  ["198.51.100.1", "10.0.0.1", 403],
  // The last proxy's peer is another trusted proxy, and so on.
  ["192.0.2.1, 10.0.0.2", "10.0.0.1", 200],
  ["192.0.2.1,fd00::2,10.9.9.9", "10.0.0.1", 200],
  ["198.51.100.1, 10.0.0.2", "10.0.0.1", 403],
  // What stands left of the first stranger was said by the stranger.
  ["192.0.2.1, 198.51.100.1", "10.0.0.1", 403],
  ["192.0.2.1, 198.51.100.1, 10.0.0.2", "10.0.0.1", 403],
  ["192.0.2.1, 10.0.0.2, 198.51.100.1, 10.0.0.2", "10.0.0.1", 403],
  ["10.0.0.2, 198.51.100.1, 192.0.2.1, 10.0.0.2", "10.0.0.1", 200],
] as const;

test("A7: behind proxies the right address is taken", async () => {
  await allow("192.0.2.1");
  for (const [forwarded, peer, status] of FORWARDED) {
    expect([forwarded, peer, await statusFrom(peer, forwarded)]).toEqual([forwarded, peer, status]);
  }
});

const GARBAGE = [
  "",
  " ",
  ",",
  ",,,",
  "unknown",
  "192.0.2.1:80",
  "[2001:db8::1]",
  '"192.0.2.1"',
  "192.0.2.1/32",
  "for=192.0.2.1",
  "192.0.2.1\t192.0.2.1",
  "192.0.2.1%lo",
  "\u00ff\u0080",
  "0300.0.02.01",
  "3221225985",
  "x".repeat(8000),
  "10.0.0.2,".repeat(800),
];

test("A7: garbage from a trusted proxy is no address, and does no harm", async () => {
  await allow("192.0.2.1");
  for (const text of GARBAGE) expect([text, await statusFrom("10.0.0.1", text)]).toEqual([text, 403]);
  await allow();
  for (const text of GARBAGE) expect([text, await statusFrom("10.0.0.1", text)]).toEqual([text, 200]);
});

test("A13: the audit log has the client's address in its one spelling, and no garbage", async () => {
  const seen = [
    ["::ffff:192.0.2.7", "", "192.0.2.7"],
    ["10.0.0.1", "2001:DB8:0::7", "2001:db8::7"],
    ["10.0.0.1", "<script>\u001b[2J", "unknown"],
  ] as const;
  for (const [index, [remoteAddress, forwarded, expected]] of seen.entries()) {
    const headers = forwarded === "" ? {} : { "x-forwarded-for": forwarded };
    const body = { displayName: "R", permissions: [] };
    await server.call(`PUT /v1/roles/r${index}`, { remoteAddress, headers, body });
    const entry = await server.context.database
      .selectFrom("audit_log")
      .select("ip_address")
      .where("object_id", "=", `r${index}`)
      .executeTakeFirstOrThrow();
    expect(entry.ip_address).toBe(expected);
  }
});

test("a list that was changed in the middle of requests holds for each that comes after", async () => {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([allow("192.0.2.1"), ...Array.from({ length: 5 }, () => statusFrom("198.51.100.1"))]);
    expect(await statusFrom("198.51.100.1")).toBe(403);
    await allow();
    expect(await statusFrom("198.51.100.1")).toBe(200);
  }
});

test("a store that has locked everybody out is opened again inside its own process, at once for all", async () => {
  const root = await mkdtemp(join(tmpdir(), "keywright-address-"));
  const database = await createTestDatabase();
  const directory = join(root, "store");
  const clock = { now: () => new Date() };
  const running = await serve({ directory, ...database.options, port: 0, trustedProxies: ["127.0.0.1"] });
  const embedded = await openEmbeddedStore({ directory, ...database.options, clock, random: RANDOM });
  const authorization = `Bearer ${embedded.adminToken.reveal()}`;
  const ask = async (forwarded: string) => {
    const headers = { authorization, "x-forwarded-for": forwarded };
    return (await fetch(`${running.url}/v1/store`, { headers })).status;
  };
  const put = async (path: string, entries: readonly object[]) => {
    const headers = { authorization, "content-type": "application/json" };
    return (await embedded.inject({ method: "PUT", path, headers, body: JSON.stringify({ entries }) }))
      .status;
  };
  expect(await ask("192.0.2.1")).toBe(200);
  // Without force: inside the process nobody is locked out.
  expect(await put("/v1/ip-allowlist", [{ address: "192.0.2.1" }])).toBe(200);
  expect([await ask("192.0.2.1"), await ask("192.0.2.2")]).toEqual([200, 403]);
  expect(await put("/v1/ip-allowlist", [{ address: "203.0.113.1" }])).toBe(200);
  expect([await ask("192.0.2.1"), await ask("192.0.2.2")]).toEqual([403, 403]);
  expect(await put("/v1/ip-allowlist", [])).toBe(200);
  expect(await ask("192.0.2.2")).toBe(200);
  await embedded.close();
  await running.close();
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

test("over a real connection the peer's own address counts", async () => {
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const ask = async () => {
    const headers = { authorization: `Bearer ${server.admin.reveal()}`, "x-forwarded-for": "192.0.2.1" };
    return (await fetch(`http://127.0.0.1:${port}/v1/store`, { headers })).status;
  };
  await allow("192.0.2.1");
  expect(await ask()).toBe(403);
  await allow("127.0.0.0/8");
  expect(await ask()).toBe(200);
});

test("a proxy that is no address or range stops the start, before anything is made", async () => {
  const directory = join(server.directory, "never");
  for (const proxy of ["loopback", "10.0.0.1/8", "0.0.0.0/0", "proxy.internal", ""]) {
    await expect(serve({ directory, port: 0, trustedProxies: [proxy] })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(`--trusted-proxy ${JSON.stringify(proxy)}`) as string,
    });
  }
});
