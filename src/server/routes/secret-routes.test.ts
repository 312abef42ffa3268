import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SYSTEM } from "../domain/audit.ts";
import { listSecrets } from "../domain/stored-secret.ts";
import { unseal } from "../key-material/envelope.ts";
import { type TestServer, newSecret, openTestServer } from "../server.fixture.ts";

const logged: string[] = [];
const record = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));

let server: TestServer;
beforeEach(async () => {
  logged.length = 0;
  server = await openTestServer({ info: record, error: record });
});
afterEach(() => server.close());

const VALUE = "correct horse battery staple 7c1f";
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;
const aSecret = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  tag: "github_token",
  name: "GitHub token",
  value: VALUE,
  ...overrides,
});
const create = (overrides?: Readonly<Record<string, unknown>>) =>
  server.call("POST /v1/secrets", { body: aSecret(overrides) });
const audited = () =>
  server.context.database
    .selectFrom("audit_log")
    .select(["action", "object_id", "actor_type", "details"])
    .where("object_type", "=", "SECRET")
    .orderBy("seq")
    .execute();

test("201: a secret is created, and shown without its value", async () => {
  const created = await create();
  expect([created.status, created.headers["cache-control"]]).toEqual([201, "no-store"]);
  expect(created.body).toEqual({
    id: expect.stringMatching(/^secret_[0-9a-f]{24}$/) as string,
    tag: "github_token",
    name: "GitHub token",
    createdAt: "2026-11-21T08:00:00.000Z",
    updatedAt: "2026-11-21T08:00:00.000Z",
    version: 1,
  });
});

test("200, 404: a secret is read by its tag and by its id", async () => {
  const { body } = await create();
  for (const name of ["github_token", String(body["id"])]) {
    const read = await server.call(`GET /v1/secrets/${name}`);
    expect([read.status, read.body]).toEqual([200, body]);
  }
  for (const name of ["other", "secret_0000000000000000ffffffff", "GITHUB_TOKEN"]) {
    expect((await server.call(`GET /v1/secrets/${name}`)).body["type"]).toBe(problem("not-found"));
  }
});

test("200: name and value change together or alone, and nothing else does", async () => {
  const { body } = await create();
  server.clock.advance(1000);
  const target = "PATCH /v1/secrets/github_token";
  const renamed = await server.call(target, { body: { name: "Token" } });
  expect([renamed.status, renamed.body]).toEqual([
    200,
    { ...body, name: "Token", updatedAt: "2026-11-21T08:00:01.000Z", version: 2 },
  ]);
  expect(await storedValue()).toBe(VALUE);
  expect((await server.call(target, { body: { value: "new" } })).body["version"]).toBe(3);
  expect(await storedValue()).toBe("new");
  for (const wrong of [{}, { tag: "other" }, { id: "x" }, { name: "" }, { name: null }, { version: 1 }]) {
    expect((await server.call(target, { body: wrong })).status).toBe(400);
  }
  expect((await server.call("PATCH /v1/secrets/other", { body: { name: "x" } })).status).toBe(404);
});

async function storedValue(): Promise<string> {
  const { id, sealed_value: sealed } = await server.context.database
    .selectFrom("secrets")
    .selectAll()
    .executeTakeFirstOrThrow();
  return unseal(server.context.keyMaterial.kek, id, sealed).reveal();
}

test("204, 404: a deleted secret is gone for good, and its tag is free", async () => {
  const { headers } = await create();
  expect((await server.call("DELETE /v1/secrets/github_token")).status).toBe(204);
  expect((await server.call("DELETE /v1/secrets/github_token")).status).toBe(404);
  expect((await server.call("GET /v1/secrets")).body["secrets"]).toEqual([]);
  expect((await create()).status).toBe(201);
  // An If-Match of the first secret with the tag does not touch the second.
  const stale = { headers: { "if-match": String(headers["etag"]) } };
  expect((await server.call("DELETE /v1/secrets/github_token", stale)).status).toBe(412);
});

test("409: a tag belongs to one secret, also among requests at the same time", async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => create()));
  const created = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ body }) => body["type"] === problem("tag-taken"));
  expect([created.length, refused.length]).toEqual([1, 5]);
});

test("304, 412: a read with the known ETag is short, a change with an old one is refused", async () => {
  const { headers } = await create();
  const etag = String(headers["etag"]);
  const target = "/v1/secrets/github_token";
  const known = await server.call(`GET ${target}`, { headers: { "if-none-match": etag } });
  expect([known.status, known.text]).toEqual([304, ""]);
  const change = { headers: { "if-match": etag }, body: { name: "Token" } };
  expect((await server.call(`PATCH ${target}`, change)).status).toBe(200);
  expect((await server.call(`PATCH ${target}`, change)).status).toBe(412);
  expect((await server.call(`DELETE ${target}`, { headers: { "if-match": etag } })).status).toBe(412);
});

test("a tag is letters, digits, `_`, `-` and `.`, and finds its secret again", async () => {
  for (const tag of ["a", "_", "0", "A.b-c_d", "x".repeat(100)]) {
    expect([tag, (await create({ tag })).status]).toEqual([tag, 201]);
    expect((await server.call(`GET /v1/secrets/${tag}`)).body["tag"]).toBe(tag);
  }
});

const NO_TAGS = {
  "is empty": "",
  "is too long": "x".repeat(101),
  "leads to another path": "..",
  "begins with a dot": ".env",
  "begins with a hyphen": "-rf",
  "has a slash": "a/b",
  "has a space": "a b",
  "has a letter beyond ASCII": "schlüssel",
  "ends in a line break": "a\n",
  "has the form of an id": "secret_0000000000000000ffffffff",
  "holds a key": newSecret().reveal(),
  "is no text": 1,
};

test("400: other tags are refused", async () => {
  for (const [name, tag] of Object.entries(NO_TAGS)) {
    expect([name, (await create({ tag })).status]).toEqual([name, 400]);
  }
});

test("a value is any text of 1 to 65536 bytes", async () => {
  const max = 64 * 1024;
  const sound = ["x", " ", "a\n\tb\u0000c\u2028", "x".repeat(max), "ü".repeat(max / 2), "😀".repeat(max / 4)];
  for (const [index, value] of [...sound, newSecret().reveal()].entries()) {
    expect((await create({ tag: `t${index}`, value })).status).toBe(201);
  }
  const half = JSON.stringify(aSecret({ value: "?" })).replace("?", String.raw`\ud800`);
  expect((await server.call("POST /v1/secrets", { body: half })).status).toBe(400);
  for (const value of ["", "x".repeat(max + 1), "ü".repeat(max / 2 + 1), null, 1, ["x"], undefined]) {
    expect((await create({ value })).status).toBe(400);
  }
});

test("A3: a secret takes no field that the store writes itself", async () => {
  for (const field of ["id", "createdAt", "version", "sealed_value", "__proto__"]) {
    const body = JSON.stringify(aSecret()).replace("{", `{${JSON.stringify(field)}: "x",`);
    expect([field, (await server.call("POST /v1/secrets", { body })).status]).toEqual([field, 400]);
  }
});

test("A8: no answer to a faulty request holds a value", async () => {
  await create({ value: "other" });
  const long = `${VALUE}${"x".repeat(70_000)}`;
  const bodies = [
    aSecret({ extra: 1 }),
    aSecret({ tag: "not a tag" }),
    aSecret({ tag: undefined }),
    aSecret({ value: [VALUE] }),
    aSecret({ value: { [VALUE]: VALUE } }),
    aSecret({ value: long }),
    { tag: "a", name: VALUE.padEnd(300), value: VALUE },
    { tag: VALUE, name: "\u202e", value: VALUE },
    { tag: "a", name: "b", secret: VALUE },
    [VALUE],
    VALUE,
    `{"tag": "a", "value": "${VALUE}`,
    JSON.stringify(aSecret({ value: "?" })).replace("?", String.raw`${VALUE}\ud800`),
  ];
  for (const body of bodies) {
    const created = await server.call("POST /v1/secrets", { body });
    const changed = await server.call("PATCH /v1/secrets/github_token", { body });
    expect(created.status).toBeGreaterThanOrEqual(400);
    expect(created.text + changed.text).not.toContain("horse");
  }
  expect(logged.join("\n")).not.toContain("horse");
});

test("A12: a value is in no file of the store, no log, no audit entry and no answer", async () => {
  const answers = [
    await create(),
    await server.call("PATCH /v1/secrets/github_token", { body: { value: `${VALUE} 2` } }),
    await server.call("GET /v1/secrets/github_token"),
    await server.call("GET /v1/secrets"),
    await server.call("DELETE /v1/secrets/github_token"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 204]);
  await create();
  // The database's files on SQLite, its rows on both engines.
  const files = await readdir(server.directory);
  const held = await Promise.all(files.map((name) => readFile(join(server.directory, name), "latin1")));
  const rows = await server.context.database.selectFrom("secrets").selectAll().execute();
  for (const text of [...held, JSON.stringify(rows), ...logged, ...answers.map((answer) => answer.text)]) {
    expect(text).not.toContain("horse");
    expect(text).not.toContain(Buffer.from(VALUE).toString("base64").slice(4, 24));
  }
  expect(JSON.stringify(await audited())).not.toContain("horse");
});

test("A13: creating, reading, listing, changing and deleting a secret are audited; a refused attempt is none of these", async () => {
  const { body } = await create();
  await server.call("GET /v1/secrets/github_token");
  await server.call("GET /v1/secrets");
  await server.call("PATCH /v1/secrets/github_token", { body: { value: "new" } });
  await server.call("PATCH /v1/secrets/github_token", { body: { name: "Token" } });
  await server.call("DELETE /v1/secrets/github_token");
  await server.call("GET /v1/secrets/github_token");
  const entries = await audited();
  const id = body["id"];
  expect(
    entries.map((entry) => [entry.action, entry.object_id, JSON.parse(entry.details) as unknown]),
  ).toEqual([
    ["CREATE", id, { tag: "github_token", name: "GitHub token" }],
    ["READ", id, { tag: "github_token" }],
    ["READ", "list", { count: 1 }],
    ["UPDATE", id, { tag: "github_token", hasNewValue: true }],
    ["UPDATE", id, { tag: "github_token", name: "Token", hasNewValue: false }],
    ["DELETE", id, { tag: "github_token" }],
  ]);
  expect(new Set(entries.map((entry) => entry.actor_type))).toEqual(new Set(["API_KEY"]));
});

test("a value that is moved to another secret in the database does not open there", async () => {
  await create();
  const { kek } = server.context.keyMaterial;
  const { id, sealed_value: sealed } = await server.context.database
    .selectFrom("secrets")
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(unseal(kek, id, sealed).reveal()).toBe(VALUE);
  expect(() => unseal(kek, "secret_0000000000000000ffffffff", sealed)).toThrow("does not open");
});

test("200: every secret that is there during the whole listing comes exactly once", async () => {
  const tags = Array.from({ length: 7 }, (_, index) => `t${index}`);
  for (const tag of tags) {
    server.clock.advance(1);
    await create({ tag });
  }
  const seen: string[] = [];
  let cursor = "";
  for (let page = 0; page < 3; page += 1) {
    const { body } = await server.call(`GET /v1/secrets?limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...(body["secrets"] as { tag: string }[]).map(({ tag }) => tag));
    // One that was seen goes, and does not move the others.
    if (page === 0) await server.call("DELETE /v1/secrets/t1");
    cursor = String(body["nextCursor"]);
  }
  expect([seen, cursor]).toEqual([tags, "null"]);
});

test("400: a limit out of range and a cursor of another listing are refused", async () => {
  const foreign = Buffer.from("key_0000000000000000ffffffff").toString("base64url");
  for (const query of ["limit=0", "limit=1001", "limit=x", "cursor=x", `cursor=${foreign}`, "page=1"]) {
    expect([query, (await server.call(`GET /v1/secrets?${query}`)).status]).toEqual([query, 400]);
  }
});

test("pages by number tell how many secrets there are", async () => {
  for (const tag of ["a", "b", "c"]) {
    server.clock.advance(1);
    await create({ tag });
  }
  const page = await listSecrets(server.context, SYSTEM, { limit: 2, offset: 2 });
  expect([page.secrets.map(({ tag }) => tag), page.total, page.next]).toEqual([["c"], 3, undefined]);
  const beyond = await listSecrets(server.context, SYSTEM, { limit: 2, offset: 4 });
  expect([beyond.secrets, beyond.total]).toEqual([[], 3]);
});

test("403: listing and reading take the same permission as creating", async () => {
  await create();
  const { secret: user } = await server.makeKey({ roles: [{ type: "default", role: "USER" }] });
  const { secret: manager } = await server.makeKey({ roles: [{ type: "default", role: "MANAGER" }] });
  for (const target of ["GET /v1/secrets", "GET /v1/secrets/github_token"]) {
    expect((await server.call(target, { token: user })).status).toBe(403);
    expect((await server.call(target, { token: manager })).status).toBe(200);
  }
});
