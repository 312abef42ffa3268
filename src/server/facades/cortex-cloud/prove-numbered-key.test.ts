import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../../core/secret.ts";
import { createApp } from "../../create-app.ts";
import { listAudit } from "../../domain/audit-query.ts";
import { flushAttempts } from "../../domain/flush-attempts.ts";
import { useNonce } from "../../domain/nonces.ts";
import {
  type CloudKey,
  type CloudServer,
  type Headers,
  newNonce,
  openCloudServer,
  signedHeaders,
} from "./cortex-cloud.fixture.ts";
import { sign } from "./prove-numbered-key.ts";

const LIST = "POST /public_api/v1/api_keys/get_api_keys";
const UNAUTHORIZED = {
  reply: { err_code: 401, err_msg: "Public API request unauthorized", err_extra: null },
};
const TOLERANCE_MS = 300_000;

let server: CloudServer;
beforeEach(async () => {
  server = await openCloudServer();
});
afterEach(() => server.close());

const now = (): number => server.clock.now().getTime();
const list = async (headers: Readonly<Record<string, string>>): Promise<number> =>
  (await server.ask(LIST, { filters: [] }, headers)).status;
const advanced = (): Promise<CloudKey> => server.generate({ security_level: "advanced" });
const storedNonces = async (): Promise<number> =>
  (await server.context.database.selectFrom("nonces").selectAll().execute()).length;

test("A10: the signature is the one of the contract's test vector", () => {
  const key = Secret.of("CORTEX-TEST-KEY-0001");
  expect(sign(key, "A".repeat(64), "1700000000000")).toBe(
    "d957d10e64b5c0222ade9bf0b42837e80cbd63ffc4181c3bb918fa9f6f1312fc",
  );
});

test("a standard key is shown as it is, an advanced one is signed with", async () => {
  const standard = await server.generate();
  expect(await list(server.headersOf(standard))).toBe(200);
  expect(await list(server.headersOf(await advanced()))).toBe(200);
});

test("A10: a nonce that was used is refused, for as long as its timestamp is good", async () => {
  const key = await advanced();
  const headers = signedHeaders(key, now() + TOLERANCE_MS);
  expect(await list(headers)).toBe(200);
  expect(await list(headers)).toBe(401);
  server.clock.advance(2 * TOLERANCE_MS);
  // Other requests sweep; the timestamp is good to this very millisecond.
  expect(await list(server.headersOf(key))).toBe(200);
  expect(await list(headers)).toBe(401);
});

test("A10: the same nonce is refused with another timestamp, and good for another key", async () => {
  const [key, other] = [await advanced(), await advanced()];
  const nonce = newNonce();
  expect(await list(signedHeaders(key, now(), nonce))).toBe(200);
  expect(await list(signedHeaders(key, now() + 1, nonce))).toBe(401);
  expect(await list(signedHeaders(other, now(), nonce))).toBe(200);
});

test("A10: of a hundred requests with one nonce at once, one passes", async () => {
  const headers = signedHeaders(await advanced(), now());
  const answers = await Promise.all(Array.from({ length: 100 }, () => list(headers)));
  expect(answers.filter((status) => status === 200)).toHaveLength(1);
});

test.each([
  ["as old as can be", -TOLERANCE_MS, 200],
  ["too old", -TOLERANCE_MS - 1, 401],
  ["as far ahead as can be", TOLERANCE_MS, 200],
  ["too far ahead", TOLERANCE_MS + 1, 401],
])("A10: a timestamp %s", async (_name, offset, status) => {
  expect(await list(signedHeaders(await advanced(), now() + offset))).toBe(status);
});

test("A10: whole seconds, as the vendor's own sample sends them, are accepted", async () => {
  server.clock.advance(789);
  const seconds = Math.floor(now() / 1000) * 1000;
  expect(await list(signedHeaders(await advanced(), seconds))).toBe(200);
});

test("A10: a nonce is stored only after the digest matched: a wrong one burns nothing", async () => {
  const key = await advanced();
  const nonce = newNonce();
  const good = signedHeaders(key, now(), nonce);
  const wrong = signedHeaders({ ...key, key: `${key.key}x` }, now(), nonce);
  expect(await list(wrong)).toBe(401);
  expect(await list({ ...good, authorization: "0".repeat(64) })).toBe(401);
  expect(await storedNonces()).toBe(0);
  expect(await list(good)).toBe(200);
  expect(await storedNonces()).toBe(1);
});

test("A10: an expired or revoked key stores no nonce", async () => {
  const key = await advanced();
  server.clock.advance(7 * 24 * 3_600_000);
  expect(await list(server.headersOf(key))).toBe(401);
  expect(await storedNonces()).toBe(0);
});

test("A10: a digit moved between nonce and timestamp gives the same digest, and no new nonce", async () => {
  const key = await advanced();
  const nonce = `${newNonce().slice(0, 63)}0`;
  const good = signedHeaders(key, now(), nonce);
  expect(await list(good)).toBe(200);
  const replay = { ...good, "x-xdr-nonce": nonce.slice(0, 63), "x-xdr-timestamp": `0${now()}` };
  expect(await list(replay)).toBe(401);
  const digit = String(now())[0] ?? "";
  expect(
    await list({ ...good, "x-xdr-nonce": `${nonce}${digit}`, "x-xdr-timestamp": String(now()).slice(1) }),
  ).toBe(401);
});

test("A10: a used nonce is refused after a restart, and by every process on the database", async () => {
  const key = await advanced();
  const headers = signedHeaders(key, now());
  expect(await list(headers)).toBe(200);
  const second = await server.openAgain();
  const app = createApp(second.context);
  const listThere = async (signed: Headers): Promise<number> => {
    const url = "/public_api/v1/api_keys/get_api_keys";
    const payload = { request_data: { filters: [] } };
    return (await app.inject({ method: "POST", url, headers: signed, payload })).statusCode;
  };
  const fresh = signedHeaders(key, now());
  const statuses = [await listThere(headers), await listThere(fresh), await list(fresh)];
  await app.close();
  await second.close();
  expect(statuses).toEqual([401, 200, 401]);
});

test("A10: nonces are forgotten when they can be of no use, and bounded for each key", async () => {
  const key = await advanced();
  for (let i = 0; i < 5; i += 1) await list(server.headersOf(key));
  expect(await storedNonces()).toBe(5);
  server.clock.advance(2 * TOLERANCE_MS + 1);
  await list(server.headersOf(key));
  expect(await storedNonces()).toBe(1);
  const use = (nonce: string, keyId = "key_x"): Promise<boolean> =>
    useNonce(server.context.database, keyId, nonce, {
      expiresAt: new Date(now() + TOLERANCE_MS),
      now: server.clock.now(),
      most: 3,
    });
  const uses = [await use("a"), await use("b"), await use("c"), await use("d"), await use("a", "key_y")];
  expect(uses).toEqual([true, true, true, false, true]);
});

test("A10: wrong level, id, secret, clock, form, an expired, a revoked key and a replay look the same", async () => {
  const [standard, signed, gone] = [await server.generate(), await advanced(), await server.generate()];
  const brief = await server.generate({ expiration: now() + 1000 });
  await server.ask("POST /public_api/v1/api_keys/delete", {
    filters: [{ field: "id", operator: "in", value: [gone.id] }],
  });
  server.clock.advance(1000);
  const replayed = server.headersOf(signed);
  await list(replayed);
  const good = signedHeaders(signed, now());
  const attempts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "an advanced key as it is": { "x-xdr-auth-id": String(signed.id), authorization: signed.key },
    "a standard key signed with": signedHeaders(standard, now()),
    "another key's id": { ...server.headersOf(standard), "x-xdr-auth-id": "1" },
    "an id that nobody has": { ...server.headersOf(standard), "x-xdr-auth-id": "999999" },
    "an id beyond the database's numbers": { ...server.headersOf(standard), "x-xdr-auth-id": "4294967297" },
    "an id that is no number": { ...server.headersOf(standard), "x-xdr-auth-id": "1e0" },
    "no id": { authorization: standard.key },
    "a Bearer prefix": { ...server.headersOf(standard), authorization: `Bearer ${standard.key}` },
    "no credential": { "x-xdr-auth-id": "1" },
    nothing: {},
    "a wrong secret": signedHeaders({ ...signed, key: "x" }, now()),
    "a wrong clock": signedHeaders(signed, now() - TOLERANCE_MS - 1),
    seconds: signedHeaders(signed, Math.floor(now() / 1000)),
    "a short nonce": signedHeaders(signed, now(), "abc"),
    "a nonce with other characters": signedHeaders(signed, now(), "-".repeat(64)),
    "a digest in capitals": { ...good, authorization: (good["authorization"] ?? "").toUpperCase() },
    "no nonce": { ...good, "x-xdr-nonce": "" },
    "an expired key": server.headersOf(brief),
    "a revoked key": server.headersOf(gone),
    "a replay": replayed,
  };
  const other = { remoteAddress: "127.0.0.2", token: null, body: { request_data: { filters: [] } } };
  const seen = new Set<string>();
  for (const [name, headers] of Object.entries(attempts)) {
    const { status, body, headers: got } = await server.call(LIST, { ...other, headers });
    expect([name, status, body]).toEqual([name, 401, UNAUTHORIZED]);
    seen.add(JSON.stringify({ ...got, date: "", "x-request-id": "" }));
  }
  expect(seen.size).toBe(1);
});

test("A10: the audit log knows a replay from a wrong signature", async () => {
  const key = await advanced();
  const headers = signedHeaders(key, now());
  await list(headers);
  await list(headers);
  await list({ ...signedHeaders(key, now()), authorization: "0".repeat(64) });
  await flushAttempts(server.context, "all");
  const { entries } = await listAudit(
    server.context,
    { actions: ["AUTHENTICATION_FAILED"] },
    { limit: 9, offset: 0 },
  );
  expect(entries.map(({ details }) => details["reason"])).toEqual(
    expect.arrayContaining(["replayed", "wrong-signature"]),
  );
});

test("an advanced key is sealed in the database, and nothing of it stands there in plain text", async () => {
  const key = await advanced();
  await list(server.headersOf(key));
  const rows = await server.context.database.selectFrom("keys").selectAll().execute();
  const row = rows.find(({ number }) => number === key.id);
  expect(row?.sealed_key).toMatch(/^v1\./);
  expect(JSON.stringify(rows)).not.toContain(key.key.slice(8, 32));
});

test("an advanced key as plain text is of the wrong level for the native API", async () => {
  const { key } = await advanced();
  const { body } = await server.call("POST /v1/verify", { body: { key } });
  expect(body).toMatchObject({ valid: false, reason: "wrong-level" });
  expect((await server.call("GET /v1/store", { token: Secret.of(key) })).status).toBe(401);
});

test("a change of rights, or a revocation, holds for the very next signed request", async () => {
  const key = await server.generate({ security_level: "advanced", roles: ["Public API Action"] });
  const generate = (): Promise<number> =>
    server
      .ask("POST /public_api/v1/api_keys/generate", { roles: ["Viewer"], security_level: "standard" }, key)
      .then(({ status }) => status);
  expect(await generate()).toBe(200);
  const demotion = { roles: ["READ_ONLY"], security_level: "advanced" };
  expect((await server.ask(`PUT /platform/iam/v1/api-key/${key.id}`, demotion)).status).toBe(200);
  expect([await generate(), await list(server.headersOf(key))]).toEqual([403, 200]);
});
