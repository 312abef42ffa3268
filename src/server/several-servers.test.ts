/** Several servers on one store: what one of them has answered holds for the very next request to any other. */

import { afterEach, beforeEach, expect, test } from "vitest";
import type { FastifyInstance } from "fastify";
import { createApp } from "./create-app.ts";
import { type TestServer, aNewKey, createCall, newSecret, openTestServer } from "./server.fixture.ts";
import { verifyAudit } from "./domain/verify-audit.ts";
import type { OpenedDirectory } from "./store-directory.ts";

let first: TestServer;
let second: OpenedDirectory;
let app: FastifyInstance;
let onFirst: TestServer["call"];
let onSecond: TestServer["call"];
beforeEach(async () => {
  first = await openTestServer();
  second = await first.openAgain();
  app = createApp(second.context);
  onFirst = createCall(first.app, first.admin);
  onSecond = createCall(app, first.admin);
});
afterEach(async () => {
  await app.close();
  await second.close();
  await first.close();
});

const VIEWER = { type: "custom", tag: "viewer" };
const viewer = (...permissions: readonly string[]) => ({ displayName: "Viewer", permissions });
const policy = (maxLifetimeDays: number | null) => ({
  requireExpiration: maxLifetimeDays !== null,
  maxLifetimeDays,
  allowedRoles: null,
});

test("a revocation on one server holds for the very next request to another", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id, secret: token } = await first.makeKey();
    expect((await onSecond("GET /v1/store", { token })).status).toBe(200);
    expect((await onFirst(`DELETE /v1/keys/${id}`)).status).toBe(204);
    expect((await onSecond("GET /v1/store", { token })).status).toBe(401);
  }
});

test("a revocation holds at once also for a server with many requests under way", async () => {
  const keys = await Promise.all(Array.from({ length: 5 }, () => first.makeKey()));
  for (const { id, secret: token } of keys) {
    // From many places: too many failures of one client are answered by 429.
    const ask = (_: unknown, place: number) =>
      onSecond("GET /v1/store", { token, remoteAddress: `10.${place}.0.1` });
    const before = Array.from({ length: 20 }, ask);
    const revoked = await onFirst(`DELETE /v1/keys/${id}`);
    const after = Array.from({ length: 20 }, ask);
    expect(revoked.status).toBe(204);
    expect(new Set((await Promise.all(after)).map(({ status }) => status))).toEqual(new Set([401]));
    await Promise.all(before);
  }
});

test("a role's change on one server holds for the very next request to another", async () => {
  await onFirst("PUT /v1/roles/viewer", { body: viewer("View API keys") });
  const { secret: token } = await first.makeKey({ roles: [VIEWER] });
  expect((await onSecond("GET /v1/keys", { token })).status).toBe(200);
  await onFirst("PUT /v1/roles/viewer", { body: viewer("View roles") });
  expect((await onSecond("GET /v1/keys", { token })).status).toBe(403);
  expect((await onSecond("GET /v1/roles", { token })).status).toBe(200);
});

const createOnSecond = () =>
  onSecond("POST /v1/keys", {
    headers: { "idempotency-key": newSecret().reveal().slice(8, 40) },
    body: aNewKey(newSecret()),
  });

test("a policy's change on one server holds for the very next request to another", async () => {
  expect((await createOnSecond()).status).toBe(201);
  await onFirst("PUT /v1/policy", { body: policy(30) });
  expect((await createOnSecond()).status).toBe(422);
  await onFirst("PUT /v1/policy", { body: policy(null) });
  expect((await createOnSecond()).status).toBe(201);
});

test("a key that is made on one server can be used at once on another", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { secret: token } = await first.makeKey({}, "pending");
    // Asked for before it existed, or not: what is not there is not remembered.
    expect((await onSecond("GET /v1/store", { token })).status).toBe(200);
  }
});

test("one Idempotency-Key on two servers at once makes one key", async () => {
  for (let round = 0; round < 5; round += 1) {
    const call = { headers: { "idempotency-key": `op-${round}` }, body: aNewKey(newSecret()) };
    const answers = await Promise.all([onFirst("POST /v1/keys", call), onSecond("POST /v1/keys", call)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
    expect(answers[0]?.body["id"]).toBe(answers[1]?.body["id"]);
  }
});

const makeAdmin = () => first.makeKey({ roles: [{ type: "default", role: "ADMIN" }] });

test("two administrators on two servers cannot end each other", async () => {
  const [one, other] = await Promise.all([makeAdmin(), makeAdmin()]);
  const { body } = await onFirst("GET /v1/store");
  const { id } = body["caller"] as { id: string };
  expect((await onFirst(`DELETE /v1/keys/${id}`, { token: one.secret })).status).toBe(204);
  const answers = await Promise.all([
    onFirst(`DELETE /v1/keys/${other.id}`, { token: one.secret }),
    onSecond(`DELETE /v1/keys/${one.id}`, { token: other.secret }),
  ]);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  const survivor = statuses[0] === 204 ? one : other;
  expect((await onSecond("GET /v1/keys", { token: survivor.secret })).status).toBe(200);
});

test("keys that two servers make at once get numbers without gaps, and one audit log", async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      (number % 2 === 0 ? onFirst : onSecond)("POST /v1/keys", {
        headers: { "idempotency-key": `op-${number}` },
        body: aNewKey(newSecret()),
      }),
    ),
  );
  const numbers = await second.context.database
    .selectFrom("keys")
    .select("number")
    .orderBy("number")
    .execute();
  expect(numbers.map(({ number }) => number)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  expect(await verifyAudit(second.context.database)).toMatchObject({ whole: true });
});
