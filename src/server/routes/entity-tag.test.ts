import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type TestServer, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const HOUR = 3_600_000;
const get = (path: string, headers = {}) => server.call(`GET ${path}`, { headers });
const tagOf = async (path: string) => String((await get(path)).headers["etag"]);
const putRole = (body: object, headers = {}) => server.call("PUT /v1/roles/viewer", { body, headers });
const ROLE = { displayName: "Viewer", permissions: ["View roles"] };
const POLICY = { requireExpiration: true };

test("304: a reading that would give what the client has gives nothing; 200 once it has changed", async () => {
  const { id } = await server.makeKey();
  await putRole(ROLE);
  for (const path of [`/v1/keys/${id}`, "/v1/roles/viewer", "/v1/roles/ADMIN", "/v1/policy"]) {
    const etag = await tagOf(path);
    expect(etag).toMatch(/^"[0-9.]+-[0-9a-f]{12}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get(path, { "if-none-match": known });
      expect([path, known, answer.status, answer.text]).toEqual([path, known, 304, ""]);
      expect(answer.headers["etag"]).toBe(etag);
    }
    expect((await get(path, { "if-none-match": '"other"' })).status).toBe(200);
  }
});

test("a tag changes with the clock too: a key that expires is another answer", async () => {
  const { id } = await server.makeKey({ expiresAt: "2026-11-21T09:00:00Z" });
  const etag = await tagOf(`/v1/keys/${id}`);
  server.clock.advance(HOUR);
  expect((await get(`/v1/keys/${id}`, { "if-none-match": etag })).body["status"]).toBe("expired");
});

test("a change answers with the tag that the next reading has", async () => {
  const headers = { "idempotency-key": "op-1" };
  const body = { name: "Scanner", roles: [{ type: "default", role: "USER" }] };
  const created = await server.call("POST /v1/keys", { headers, body });
  const path = `/v1/keys/${String(created.body["id"])}`;
  expect(created.headers["etag"]).toBe(await tagOf(path));
  const activated = await server.call(`POST ${path}/activate`);
  expect(activated.headers["etag"]).toBe(await tagOf(path));
  const renamed = await server.call(`PATCH ${path}`, { body: { name: "Other" } });
  expect(renamed.headers["etag"]).toBe(await tagOf(path));
  expect((await putRole(ROLE)).headers["etag"]).toBe(await tagOf("/v1/roles/viewer"));
  const policy = await server.call("PUT /v1/policy", { body: POLICY });
  expect(policy.headers["etag"]).toBe(await tagOf("/v1/policy"));
});

test("412: a key that somebody has changed since is neither changed nor revoked; 200 with its latest tag", async () => {
  const { id } = await server.makeKey();
  const path = `/v1/keys/${id}`;
  const stale = { "if-match": await tagOf(path) };
  await server.call(`PATCH ${path}`, { body: { name: "Mine" } });
  const patch = await server.call(`PATCH ${path}`, { body: { name: "Yours" }, headers: stale });
  expect([patch.status, patch.body["type"]]).toEqual([
    412,
    "https://keywright.dev/problems/precondition-failed",
  ]);
  expect((await server.call(`DELETE ${path}`, { headers: stale })).status).toBe(412);
  expect((await server.call(`POST ${path}/activate`, { headers: stale })).status).toBe(412);
  expect((await get(path)).body).toMatchObject({ name: "Mine", status: "active" });
  const fresh = { "if-match": `"other", ${await tagOf(path)}` };
  expect((await server.call(`PATCH ${path}`, { body: { name: "Yours" }, headers: fresh })).status).toBe(200);
  expect((await server.call(`DELETE ${path}`, { headers: { "if-match": "*" } })).status).toBe(204);
});

test("If-Match guards against changes, not against time and use", async () => {
  const { id, secret } = await server.makeKey({ expiresAt: "2026-11-21T09:00:00Z" });
  const headers = { "if-match": await tagOf(`/v1/keys/${id}`) };
  await server.call("GET /v1/store", { token: secret });
  server.clock.advance(HOUR);
  expect((await server.call(`PATCH /v1/keys/${id}`, { body: { name: "x" }, headers })).status).toBe(200);
});

test("412: of two that replace the policy at once with one tag, one wins", async () => {
  const headers = { "if-match": await tagOf("/v1/policy") };
  const put = (maxLifetimeDays: number) =>
    server.call("PUT /v1/policy", { headers, body: { ...POLICY, maxLifetimeDays } });
  const answers = await Promise.all([put(30), put(60)]);
  expect(answers.map(({ status }) => status)).toContain(200);
  expect(answers.map(({ status }) => status)).toContain(412);
});

test("200: replacing by what is there already is no change, and needs no tag", async () => {
  const first = await server.call("PUT /v1/policy", { body: POLICY });
  const again = await server.call("PUT /v1/policy", { body: POLICY, headers: { "if-match": '"9-0"' } });
  expect([again.status, again.body]).toEqual([200, first.body]);
});

test("412: a role with another tag is neither replaced nor deleted, nor one that was made again", async () => {
  await putRole(ROLE);
  const first = { "if-match": await tagOf("/v1/roles/viewer") };
  await server.call("DELETE /v1/roles/viewer", { headers: first });
  server.clock.advance(1);
  await putRole({ ...ROLE, displayName: "Again" });
  expect((await putRole({ ...ROLE, displayName: "V" }, first)).status).toBe(412);
  expect((await server.call("DELETE /v1/roles/viewer", { headers: first })).status).toBe(412);
  const latest = { "if-match": await tagOf("/v1/roles/viewer") };
  expect((await putRole({ ...ROLE, displayName: "V" }, latest)).status).toBe(200);
  expect((await server.call("PUT /v1/roles/other", { body: ROLE, headers: latest })).status).toBe(412);
});

test("412: a weak tag matches nothing", async () => {
  const headers = { "if-match": `W/${await tagOf("/v1/policy")}` };
  expect((await server.call("PUT /v1/policy", { body: POLICY, headers })).status).toBe(412);
});

test.each(["etag", '"a', '"a" "b"', '"a",', ""])("400: If-Match: %s is refused", async (tag) => {
  const answer = await server.call("PUT /v1/policy", { body: POLICY, headers: { "if-match": tag } });
  expect([answer.status, answer.body["errors"]]).toMatchObject([400, [{ parameter: "if-match" }]]);
});

test("404: there is no such role", async () => {
  expect((await get("/v1/roles/nobody")).status).toBe(404);
});

test("the answer to a new role has the date and the tag that are kept, though the clock goes on meanwhile", async () => {
  let ms = server.clock.now().getTime();
  const clock = vi.spyOn(server.clock, "now").mockImplementation(() => new Date(ms++));
  const made = await putRole(ROLE);
  const kept = await server.call("GET /v1/roles/viewer");
  expect(made.body).toEqual(kept.body);
  expect(made.headers["etag"]).toBe(kept.headers["etag"]);
  clock.mockRestore();
});
