import { afterEach, beforeEach, expect, test } from "vitest";
import type { Secret } from "../../core/secret.ts";
import { revokeKey } from "../domain/change-key.ts";
import type { Caller } from "../domain/caller.ts";
import { PERMISSIONS } from "../domain/permissions.ts";
import { type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const MISSING = "key_0000000000000000ffffffff";
const MINUTE = 60_000;

const create = (body: unknown, idempotencyKey = "op-1", token = server.admin) =>
  server.call("POST /v1/keys", { body, token, headers: { "idempotency-key": idempotencyKey } });
const ownId = async (token: Secret): Promise<string> =>
  ((await server.call("GET /v1/store", { token })).body["caller"] as { id: string }).id;
const problem = (kind: string) => `https://keywright.dev/problems/${kind}`;
const expiringAt = (ms: number) => aNewKey(newSecret(), { expiresAt: new Date(ms).toISOString() });
const idsOf = (body: Readonly<Record<string, unknown>>) =>
  (body["keys"] as { id: string }[]).map(({ id }) => id);

test("201: a key is registered as pending and shown in full", async () => {
  const secret = newSecret();
  const labels = { "keywright/name": "scanner", tier: "internal" };
  const answer = await create(
    aNewKey(secret, {
      description: "two\nlines",
      owner: "team",
      labels,
      expiresAt: "2026-12-01T00:00:00+01:00",
    }),
  );
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^key_[0-9a-f]{24}$/) as string,
    name: "Scanner",
    description: "two\nlines",
    owner: "team",
    labels,
    roles: [{ type: "default", role: "READ_ONLY" }],
    securityLevel: "standard",
    last4: secret.reveal().slice(-4),
    status: "pending",
    createdAt: "2026-11-21T08:00:00.000Z",
    expiresAt: "2026-11-30T23:00:00.000Z",
    activatedAt: null,
    revokedAt: null,
    lastUsedAt: null,
    replaces: null,
    retireAt: null,
    policyBreaches: [],
    version: 1,
  });
});

test("200: the same create again gives the same key, whatever the order of its fields", async () => {
  const body = aNewKey(newSecret(), { labels: { a: "1", b: "2" } });
  const first = await create(body);
  const second = await create(Object.fromEntries(Object.entries(body).toReversed()));
  expect([second.status, second.body]).toEqual([200, first.body]);
});

test("422: an Idempotency-Key with other content is refused", async () => {
  const body = aNewKey(newSecret());
  await create(body);
  const answer = await create({ ...body, name: "Other" });
  expect([answer.status, answer.body["type"]]).toEqual([422, problem("idempotency-mismatch")]);
});

test("409: an Idempotency-Key whose key is revoked, lapsed or expired is refused", async () => {
  const revoked = await create(aNewKey(newSecret()), "revoked");
  const again = aNewKey(newSecret());
  await create(again, "lapsed");
  const short = aNewKey(newSecret(), { expiresAt: "2026-11-21T08:01:00Z" });
  await create(short, "expired");
  await server.call(`DELETE /v1/keys/${String(revoked.body["id"])}`);
  server.clock.advance(15 * MINUTE);
  expect((await create(again, "lapsed")).body["type"]).toBe(problem("key-not-live"));
  expect((await create(short, "expired")).status).toBe(409);
});

test("409: a digest that belongs to another key is refused", async () => {
  const body = aNewKey(newSecret());
  await create(body, "one");
  expect((await create(body, "two")).body["type"]).toBe(problem("digest-taken"));
});

test("400: a create without an Idempotency-Key, or with a strange one, is refused", async () => {
  const body = aNewKey(newSecret());
  expect((await server.call("POST /v1/keys", { body })).body["errors"]).toEqual([
    { parameter: "idempotency-key", detail: "is required" },
  ]);
  for (const strange of ["", "two words", "x".repeat(65)])
    expect((await create(body, strange)).status).toBe(400);
});

test.each([
  ["no name", { name: undefined }, "#/name"],
  ["an empty name", { name: "" }, "#/name"],
  ["a name of 201 characters", { name: "x".repeat(201) }, "#/name"],
  ["a name with a control character", { name: "a\u001b[31m" }, "#/name"],
  ["a name that hides its direction", { name: "a\u202eb" }, "#/name"],
  ["a name with a line break", { name: "a\nb" }, "#/name"],
  ["half a surrogate pair", { name: "a\ud800" }, "#/name"],
  ["a number for a name", { name: 5 }, "#/name"],
  ["no roles", { roles: [] }, "#/roles"],
  ["a role that is no default role", { roles: [{ type: "default", role: "ROOT" }] }, "#/roles/0/role"],
  ["a digest in capitals", { digest: "A".repeat(64) }, "#/digest"],
  ["an expiry without an offset", { expiresAt: "2027-01-01T00:00:00" }, "#/expiresAt"],
  ["an expiry on a day that is none", { expiresAt: "2027-02-30T00:00:00Z" }, "#/expiresAt"],
  ["a label that is no text", { labels: { a: 1 } }, "#/labels/a"],
  [
    "65 labels",
    { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ""])) },
    "#/labels",
  ],
])("400: %s is refused with a pointer to it", async (_name, overrides, pointer) => {
  const answer = await create(aNewKey(newSecret(), overrides));
  expect([answer.status, answer.headers["content-type"]]).toEqual([
    400,
    "application/problem+json; charset=utf-8",
  ]);
  expect((answer.body["errors"] as { pointer: string }[]).map((fault) => fault.pointer)).toContain(pointer);
});

test("400: a name that holds a real key is refused, and not repeated", async () => {
  const secret = newSecret();
  const answer = await create(aNewKey(newSecret(), { name: `my key ${secret.reveal()}` }));
  expect(answer.status).toBe(400);
  expect(answer.text).not.toContain(secret.reveal());
});

test("A3: unknown, read-only and poisonous properties are refused, not dropped", async () => {
  for (const name of ["cid", "id", "hash", "status", "createdAt", "scope", "lastUsedAt"]) {
    const answer = await create(aNewKey(newSecret(), { [name]: "x" }));
    expect([answer.status, answer.body["errors"]]).toEqual([
      400,
      [{ pointer: `#/${name}`, detail: "is not known here" }],
    ]);
  }
  const { name: _, ...rest } = aNewKey(newSecret());
  const poisoned = `{"__proto__": {"name": "x"}, ${JSON.stringify(rest).slice(1)}`;
  expect((await create(poisoned)).status).toBe(400);
});

test("422: an expiry that has passed and a role that is unknown are refused", async () => {
  const past = await create(aNewKey(newSecret(), { expiresAt: "2026-11-21T08:00:00.000Z" }));
  expect(past.body["type"]).toBe(problem("expiry-in-past"));
  const unknown = await create(aNewKey(newSecret(), { roles: [{ type: "custom", tag: "nobody" }] }));
  expect(unknown.body).toMatchObject({ status: 422, detail: "No such role: custom:nobody." });
});

test("A11: 400 days are accepted and a millisecond more is refused, naming the rule", async () => {
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 400 } });
  const limit = server.clock.now().getTime() + 400 * 24 * 60 * MINUTE;
  expect((await create(expiringAt(limit), "one")).status).toBe(201);
  expect((await create(expiringAt(limit + 1), "two")).body).toMatchObject({
    status: 422,
    rule: "maxLifetimeDays",
  });
  expect((await create(aNewKey(newSecret()), "three")).body).toMatchObject({ rule: "requireExpiration" });
});

test("403: nobody mints a role above their own", async () => {
  const manager = await server.makeKey({ roles: [{ type: "default", role: "MANAGER" }] });
  const mint = (role: string, op: string) =>
    create(aNewKey(newSecret(), { roles: [{ type: "default", role }] }), op, manager.secret);
  expect((await mint("ADMIN", "one")).status).toBe(403);
  expect((await mint("MANAGER", "two")).status).toBe(201);
  expect((await mint("READ_ONLY", "three")).status).toBe(201);
});

test("403: a custom role is minted only by who has all of its permissions", async () => {
  const body = { displayName: "Policy", permissions: ["Edit security policy"] };
  await server.call("PUT /v1/roles/policy-editor", { body });
  const manager = await server.makeKey({ roles: [{ type: "default", role: "MANAGER" }] });
  const request = aNewKey(newSecret(), { roles: [{ type: "custom", tag: "policy-editor" }] });
  expect((await create(request, "one", manager.secret)).status).toBe(403);
  expect((await create(request, "two")).status).toBe(201);
});

test("200: activating is idempotent; 409 for a dead key; 404 for none", async () => {
  const { id } = await server.makeKey({}, "pending");
  const first = await server.call(`POST /v1/keys/${id}/activate`);
  server.clock.advance(1);
  const second = await server.call(`POST /v1/keys/${id}/activate`);
  expect([first.status, first.body["status"]]).toEqual([200, "active"]);
  expect(second.body).toEqual(first.body);
  await server.call(`DELETE /v1/keys/${id}`);
  expect((await server.call(`POST /v1/keys/${id}/activate`)).status).toBe(409);
  expect((await server.call(`POST /v1/keys/${MISSING}/activate`)).status).toBe(404);
});

test("200: a patch changes what it names and replaces labels as a whole", async () => {
  const { id } = await server.makeKey({ owner: "team", labels: { a: "1", b: "2" } });
  const patch = { description: "new", labels: { c: "3" }, owner: null };
  const answer = await server.call(`PATCH /v1/keys/${id}`, { body: patch });
  expect(answer.body).toMatchObject({ name: "Scanner", ...patch, version: 3 });
  expect((await server.call(`GET /v1/keys/${id}`)).body).toEqual(answer.body);
  expect(idsOf((await server.call("GET /v1/keys?label=c=3")).body)).toEqual([id]);
  expect(idsOf((await server.call("GET /v1/keys?label=a=1")).body)).toEqual([]);
});

test("400, 404, 409: an empty patch, or one of what cannot change; no such key; a revoked key", async () => {
  const { id } = await server.makeKey();
  expect((await server.call(`PATCH /v1/keys/${id}`, { body: {} })).status).toBe(400);
  expect((await server.call(`PATCH /v1/keys/${id}`, { body: { roles: [] } })).status).toBe(400);
  expect((await server.call(`PATCH /v1/keys/${MISSING}`, { body: { name: "x" } })).status).toBe(404);
  await server.call(`DELETE /v1/keys/${id}`);
  expect((await server.call(`PATCH /v1/keys/${id}`, { body: { name: "x" } })).status).toBe(409);
});

const DAY = 24 * 60 * MINUTE;
const inDays = (days: number) => new Date(server.clock.now().getTime() + days * DAY).toISOString();
const moveExpiry = (id: string, expiresAt: string | null) =>
  server.call(`PATCH /v1/keys/${id}`, { body: { expiresAt } });

test("200: an expiry is moved, set and taken away, and holds for the next request", async () => {
  const { id, secret } = await server.makeKey({ expiresAt: inDays(1) });
  expect((await moveExpiry(id, inDays(30))).body["expiresAt"]).toBe(inDays(30));
  server.clock.advance(2 * DAY);
  expect((await server.call("GET /v1/store", { token: secret })).status).toBe(200);
  expect((await moveExpiry(id, null)).body["expiresAt"]).toBeNull();
  expect((await moveExpiry(id, "2026-11-23T09:00:01+01:00")).body["expiresAt"]).toBe(
    "2026-11-23T08:00:01.000Z",
  );
  server.clock.advance(1000);
  expect((await server.call("GET /v1/store", { token: secret })).status).toBe(401);
});

test("A11: the policy holds for a new expiry, counted from the key's creation; an earlier one is always allowed", async () => {
  const { id } = await server.makeKey({ expiresAt: inDays(300) });
  await server.call("PUT /v1/policy", { body: { requireExpiration: true, maxLifetimeDays: 100 } });
  server.clock.advance(10 * DAY);
  expect((await moveExpiry(id, inDays(200))).status).toBe(200);
  expect((await moveExpiry(id, inDays(201))).body).toMatchObject({ status: 422, rule: "maxLifetimeDays" });
  expect((await moveExpiry(id, inDays(90))).status).toBe(200);
  expect((await moveExpiry(id, null)).body).toMatchObject({ rule: "requireExpiration" });
  expect((await moveExpiry(id, inDays(0))).body["type"]).toBe(problem("expiry-in-past"));
});

test("409: what has expired stays expired, whatever its new expiry; the rest of it can change", async () => {
  const { id } = await server.makeKey({ expiresAt: inDays(1) });
  server.clock.advance(DAY);
  for (const expiresAt of [inDays(1), null]) {
    expect((await moveExpiry(id, expiresAt)).body["type"]).toBe(problem("key-not-live"));
  }
  expect((await server.call(`PATCH /v1/keys/${id}`, { body: { name: "Old" } })).body).toMatchObject({
    name: "Old",
    status: "expired",
  });
});

test("409: the last administrator's key gets no earlier end", async () => {
  const first = await ownId(server.admin);
  expect((await moveExpiry(first, inDays(1))).body["type"]).toBe(problem("last-administrator"));
  await server.makeKey({ roles: [{ type: "default", role: "ADMIN" }] });
  expect((await moveExpiry(first, inDays(1))).status).toBe(200);
});

test("200: each key tells which rules of the present policy it breaks; the policy is not retroactive", async () => {
  const { id, secret } = await server.makeKey({ roles: [{ type: "default", role: "USER" }] });
  const rules = { requireExpiration: true, maxLifetimeDays: 30, allowedRoles: ["READ_ONLY", "ADMIN"] };
  await server.call("PUT /v1/policy", { body: rules });
  expect((await server.call("GET /v1/store", { token: secret })).status).toBe(200);
  const { body } = await server.call("GET /v1/keys?compliant=false&role=USER");
  expect(body["keys"]).toMatchObject([{ id, policyBreaches: ["requireExpiration", "allowedRoles"] }]);
  expect((await moveExpiry(id, inDays(30))).body["policyBreaches"]).toEqual(["allowedRoles"]);
});

test("204: revoking is idempotent, keeps the row and its first date; 404 for an unknown id", async () => {
  const { id } = await server.makeKey();
  expect((await server.call(`DELETE /v1/keys/${id}`)).status).toBe(204);
  server.clock.advance(1000);
  const again = await server.call(`DELETE /v1/keys/${id}`);
  expect([again.status, again.text]).toEqual([204, ""]);
  const row = await server.call(`GET /v1/keys/${id}`);
  expect(row.body).toMatchObject({ status: "revoked", revokedAt: "2026-11-21T08:00:00.000Z" });
  expect((await server.call(`DELETE /v1/keys/${MISSING}`)).status).toBe(404);
});

test("409: a caller cannot revoke the key that it authenticates with", async () => {
  const { id, secret } = await server.makeKey({ roles: [{ type: "default", role: "ADMIN" }] });
  const answer = await server.call(`DELETE /v1/keys/${id}`, { token: secret });
  expect(answer.body["type"]).toBe(problem("own-key"));
  expect((await server.call(`DELETE /v1/keys/${id}`)).status).toBe(204);
});

const ADMIN = { roles: [{ type: "default", role: "ADMIN" }] };
const MANAGER = { roles: [{ type: "default", role: "MANAGER" }] };

test("A5: a manager neither revokes, relabels nor activates a key that may do more", async () => {
  const { secret: token } = await server.makeKey(MANAGER);
  const first = await ownId(server.admin);
  const { id: pending } = await server.makeKey(ADMIN, "pending");
  for (const id of [first, pending]) {
    const before = (await server.call(`GET /v1/keys/${id}`)).body;
    const answers = [
      await server.call(`PATCH /v1/keys/${id}`, { token, body: { labels: {} } }),
      await server.call(`POST /v1/keys/${id}/activate`, { token }),
      await server.call(`DELETE /v1/keys/${id}`, { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(answers[0]?.body["detail"]).toContain("Edit roles");
    expect((await server.call(`GET /v1/keys/${id}`)).body).toEqual(before);
  }
});

test("A5: a manager changes and revokes keys that may do no more than it", async () => {
  const { secret: token } = await server.makeKey(MANAGER);
  const { id } = await server.makeKey(MANAGER, "pending");
  expect((await server.call(`POST /v1/keys/${id}/activate`, { token })).status).toBe(200);
  expect((await server.call(`PATCH /v1/keys/${id}`, { token, body: { name: "x" } })).status).toBe(200);
  expect((await server.call(`DELETE /v1/keys/${id}`, { token })).status).toBe(204);
});

test("A5: the rights of a custom role protect its keys too", async () => {
  const body = { displayName: "Policy", permissions: ["Edit security policy"] };
  await server.call("PUT /v1/roles/policy-editor", { body });
  const { secret: token } = await server.makeKey(MANAGER);
  const { id } = await server.makeKey({ roles: [{ type: "custom", tag: "policy-editor" }] });
  expect((await server.call(`DELETE /v1/keys/${id}`, { token })).status).toBe(403);
});

test("A5: a create is not replayed to a caller that could not make that key", async () => {
  const { secret: token } = await server.makeKey(MANAGER);
  const body = aNewKey(newSecret(), ADMIN);
  expect((await create(body)).status).toBe(201);
  expect((await create(body, "op-1", token)).body["type"]).toBe(problem("forbidden"));
  expect((await create(body)).status).toBe(200);
});

test("409: of two administrators that revoke each other at once, one stays", async () => {
  const other = await server.makeKey(ADMIN);
  const first = await ownId(server.admin);
  const answers = await Promise.all([
    server.call(`DELETE /v1/keys/${first}`, { token: other.secret }),
    server.call(`DELETE /v1/keys/${other.id}`),
  ]);
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect([401, 409]).toContain(answers.find(({ status }) => status !== 204)?.status);
});

test("409: the last active key that may edit keys and roles is not revoked", async () => {
  const { id, secret } = await server.makeKey(ADMIN);
  const first = await ownId(server.admin);
  await server.makeKey(MANAGER);
  await server.makeKey({ ...ADMIN, expiresAt: "2026-11-21T08:00:01.000Z" });
  await server.makeKey(ADMIN, "pending");
  server.clock.advance(1000);
  const caller: Caller = {
    type: "API_KEY",
    id: first,
    userId: null,
    ipAddress: null,
    roles: [],
    permissions: new Set<string>(PERMISSIONS),
  };
  await server.call(`DELETE /v1/keys/${first}`, { token: secret });
  expect(await revokeKey(server.context, caller, id)).toMatchObject({ refused: "last-administrator" });
  expect((await server.call("GET /v1/keys", { token: secret })).status).toBe(200);
});

test("404: an id that is none, or far too long, looks the same", async () => {
  const missing = await server.call(`GET /v1/keys/${MISSING}`);
  expect([missing.status, missing.body["type"]]).toEqual([404, problem("not-found")]);
  expect((await server.call("GET /v1/keys/..%2f..%2fetc%2fpasswd")).body).toEqual(missing.body);
  expect((await server.call(`GET /v1/keys/${"x".repeat(500)}`)).status).toBe(404);
});

test("200: pages hold every key once while keys come and go between them", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) ids.push((await server.makeKey()).id);
  const seen: string[] = [];
  let cursor: string | null = "";
  for (let page = 0; cursor !== null; page += 1) {
    const place: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await server.call(`GET /v1/keys?limit=3${place}`);
    seen.push(...idsOf(body));
    cursor = body["nextCursor"] as string | null;
    if (page === 0) {
      await server.call(`DELETE /v1/keys/${String(seen[1])}`);
      await server.makeKey();
    }
  }
  expect(ids.every((id) => seen.includes(id))).toBe(true);
  expect(new Set(seen).size).toBe(seen.length);
});

test("200: the status filter counts by the clock, and leaves revoked keys out unless asked", async () => {
  const expiring = await server.makeKey({ expiresAt: "2026-11-21T08:05:00Z" });
  const active = await server.makeKey();
  const revoked = await server.makeKey();
  const pending = await server.makeKey({}, "pending");
  await server.call(`DELETE /v1/keys/${revoked.id}`);
  server.clock.advance(5 * MINUTE);
  const list = async (status: string) => idsOf((await server.call(`GET /v1/keys?status=${status}`)).body);
  expect(await list("expired")).toEqual([expiring.id]);
  expect(await list("pending")).toEqual([pending.id]);
  expect(await list("active")).toHaveLength(2);
  expect((await list("active")).includes(active.id)).toBe(true);
  expect(idsOf((await server.call("GET /v1/keys")).body)).not.toContain(revoked.id);
  server.clock.advance(10 * MINUTE);
  expect((await list("revoked,pending")).toSorted()).toEqual([pending.id, revoked.id].toSorted());
});

test("200: a label filter takes several labels, each name and value exact", async () => {
  const both = await server.makeKey({ labels: { "kw/a": "x=y", b: "2" } });
  await server.makeKey({ labels: { "kw/a": "x=y" } });
  const { body } = await server.call("GET /v1/keys?label=kw%2Fa=x=y&label=b=2");
  expect(idsOf(body)).toEqual([both.id]);
});

test.each([
  "limit=0",
  "limit=1001",
  "limit=ten",
  "limit=1e2",
  "status=gone",
  "cursor=abc",
  "label=",
  "page=1",
  "owner=",
  "role=ROOT",
  "role=custom:",
  "expiringBefore=tomorrow",
  "compliant=yes",
])("400: a listing with %s is refused", async (query) => {
  expect((await server.call(`GET /v1/keys?${query}`)).status).toBe(400);
});
