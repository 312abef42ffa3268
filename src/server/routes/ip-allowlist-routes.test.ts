import { afterEach, beforeEach, expect, test } from "vitest";
import { SYSTEM } from "../domain/audit.ts";
import { replaceAllowlist, validateAllowlist } from "../domain/ip-allowlist.ts";
import { type Call, type TestServer, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const HOME = { address: "127.0.0.1", description: "home" };
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;
const put = (entries: readonly unknown[], query = "", call: Call = {}) =>
  server.call(`PUT /v1/ip-allowlist${query}`, { body: { entries }, ...call });
const validate = (entries: readonly unknown[]) =>
  server.call("POST /v1/ip-allowlist/validate", { body: { entries } });
const list = async () => (await server.call("GET /v1/ip-allowlist")).body["entries"];
const audited = () =>
  server.context.database
    .selectFrom("audit_log")
    .select(["action", "details"])
    .where("object_type", "=", "IP_ALLOWLIST")
    .orderBy("seq")
    .execute();

test("200: a list is replaced as a whole, in canonical spelling; an entry that stays keeps its date", async () => {
  expect(await list()).toEqual([]);
  const first = await put([HOME, { address: "2001:DB8:0::/32" }]);
  const createdAt = "2026-11-21T08:00:00.000Z";
  const home = { ...HOME, createdAt };
  expect([first.status, first.body["entries"]]).toEqual([
    200,
    [home, { address: "2001:db8::/32", description: "", createdAt }],
  ]);
  expect(await list()).toEqual(first.body["entries"]);
  server.clock.advance(1000);
  await put([{ address: "::ffff:10.0.0.0/104" }, { ...HOME, address: "127.0.0.1/32" }]);
  expect(await list()).toEqual([
    { address: "10.0.0.0/8", description: "", createdAt: "2026-11-21T08:00:01.000Z" },
    home,
  ]);
  await put([]);
  expect(await list()).toEqual([]);
});

test("400: each faulty entry is named, and nothing is changed", async () => {
  await put([HOME]);
  const answer = await put([HOME, { address: "10.0.0.1/8" }, { address: "x" }, { address: "127.0.0.1/32" }]);
  expect([answer.status, answer.body["errors"]]).toEqual([
    400,
    [
      {
        pointer: "#/entries/1/address",
        detail: "has bits set beyond its prefix; the range is 10.0.0.0/8",
      },
      {
        pointer: "#/entries/2/address",
        detail: "must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24",
      },
      { pointer: "#/entries/3/address", detail: "is the same as entry 0, counted from 0" },
    ],
  ]);
  expect(await list()).toHaveLength(1);
});

test("A6: a list with very many faults gets a bounded answer", async () => {
  const answer = await put(Array.from({ length: 1000 }, () => ({ address: "x" })));
  expect([answer.status, answer.body["errors"]]).toEqual([400, expect.objectContaining({ length: 20 })]);
});

test("A3: 400: what is no list of entries is refused", async () => {
  const wrong: unknown[] = [
    {},
    [],
    { entries: {} },
    { entries: ["127.0.0.1"] },
    { entries: [{}] },
    { entries: [{ address: 1 }] },
    { entries: [{ address: "x".repeat(65) }] },
    { entries: [{ ...HOME, createdAt: "2026-11-21T08:00:00.000Z" }] },
    { entries: [{ ...HOME, description: "two\nlines" }] },
    { entries: [{ ...HOME, description: "x".repeat(201) }] },
    { entries: [HOME], force: true },
    {
      entries: Array.from({ length: 1001 }, (_, index) => ({ address: `10.0.${index >> 8}.${index & 255}` })),
    },
  ];
  for (const body of wrong) {
    for (const target of ["PUT /v1/ip-allowlist?force=true", "POST /v1/ip-allowlist/validate"]) {
      expect([body, (await server.call(target, { body })).status]).toEqual([body, 400]);
    }
  }
  for (const query of ["?force=1", "?force=", "?force", "?force=true&force=true", "?x=1"]) {
    expect([query, (await put([HOME], query)).status]).toEqual([query, 400]);
  }
});

test("409: a list without the caller's own address needs force", async () => {
  const remoteAddress = "192.0.2.1";
  for (const query of ["", "?force=false"]) {
    const refused = await put([HOME], query, { remoteAddress });
    expect([refused.status, refused.body["type"]]).toEqual([409, problem("would-lock-out")]);
    expect(refused.body["detail"]).toContain("192.0.2.1");
  }
  expect(await list()).toEqual([]);
  expect((await put([HOME, { address: "192.0.2.0/24" }], "", { remoteAddress })).status).toBe(200);
  expect((await put([HOME], "?force=true", { remoteAddress })).status).toBe(200);
  expect((await server.call("GET /v1/ip-allowlist", { remoteAddress })).status).toBe(403);
  expect((await put([], "", { remoteAddress })).status).toBe(403);
  expect((await put([])).status).toBe(200);
});

test("an IPv4-mapped caller is in an IPv4 range, and is told so in advance", async () => {
  const body = { entries: [{ address: "192.0.2.0/24" }] };
  const remoteAddress = "::ffff:192.0.2.1";
  const { body: check } = await server.call("POST /v1/ip-allowlist/validate", { body, remoteAddress });
  expect(check).toMatchObject({ valid: true, wouldLockOut: false, callerAddress: "192.0.2.1" });
  expect((await put(body.entries, "", { remoteAddress })).status).toBe(200);
});

test("200: validating tells what a list would be and what is wrong with it, and changes nothing", async () => {
  expect((await validate([{ address: "2001:DB8::0/32", description: "office" }])).body).toEqual({
    valid: true,
    entries: [{ address: "2001:db8::/32", description: "office" }],
    errors: [],
    wouldLockOut: true,
    callerAddress: "127.0.0.1",
  });
  expect((await validate([HOME, { address: "::/0" }])).body).toEqual({
    valid: false,
    entries: [HOME],
    errors: [{ pointer: "#/entries/1/address", detail: "must not hold every address that there is" }],
    wouldLockOut: false,
    callerAddress: "127.0.0.1",
  });
  expect((await validate([])).body).toMatchObject({ valid: true, wouldLockOut: false });
  expect(await list()).toEqual([]);
  expect(await audited()).toEqual([]);
});

test("304, 412: a replacement can be bound to the list that was read", async () => {
  const { headers } = await put([HOME]);
  const etag = String(headers["etag"]);
  const read = await server.call("GET /v1/ip-allowlist", { headers: { "if-none-match": etag } });
  expect(read.status).toBe(304);
  const bound = { headers: { "if-match": etag } };
  expect((await put([HOME, { address: "10.0.0.1" }], "", bound)).status).toBe(200);
  expect((await put([HOME], "", bound)).status).toBe(412);
  expect(await list()).toHaveLength(2);
});

test("A13: each change of the list is audited with its entries; equal content is no change", async () => {
  await put([HOME]);
  await put([{ ...HOME, address: "::ffff:127.0.0.1" }]);
  await put([HOME, { address: "10.0.0.1/8" }]);
  await put([{ address: "10.0.0.1" }]);
  await put([]);
  expect((await audited()).map(({ action, details }) => [action, JSON.parse(details) as unknown])).toEqual([
    ["UPDATE", { entries: [HOME] }],
    ["UPDATE", { entries: [] }],
  ]);
});

test("403: nobody but who may configure it sees or changes the list", async () => {
  const { secret: token } = await server.makeKey({ roles: [{ type: "default", role: "MANAGER" }] });
  expect((await server.call("GET /v1/ip-allowlist", { token })).status).toBe(403);
  expect((await put([HOME], "", { token })).status).toBe(403);
});

test("a list of a thousand entries works, and one more is a fault", async () => {
  const entries = Array.from({ length: 1000 }, (_, index) => ({
    address: `127.${index >> 8}.${index & 255}.0/24`,
  }));
  expect((await put(entries)).status).toBe(200);
  expect(await list()).toHaveLength(1000);
  const check = validateAllowlist([...entries, { address: "10.0.0.1" }], null);
  expect(check.faults).toEqual([{ index: 1000, detail: "is one too many: a list holds 1000" }]);
});

test("the domain itself refuses a faulty list, whoever calls it, and locks nobody out inside the process", async () => {
  const faulty = await replaceAllowlist(server.context, SYSTEM, [HOME, { address: "x" }]);
  expect(faulty).toMatchObject({
    refused: "invalid-request",
    detail: expect.stringContaining("entry 1") as string,
  });
  expect(await replaceAllowlist(server.context, SYSTEM, [{ address: "192.0.2.1" }])).toHaveLength(1);
});

test("of several replacements at the same time one is the list, whole", async () => {
  const lists = Array.from({ length: 6 }, (_, index) => [HOME, { address: `10.0.${index}.0/24` }]);
  const answers = await Promise.all(lists.map((entries) => put(entries)));
  expect(answers.map(({ status }) => status)).toEqual(lists.map(() => 200));
  expect(await list()).toHaveLength(2);
});
