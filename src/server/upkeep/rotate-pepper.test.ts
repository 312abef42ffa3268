import { copyFile, lstat, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Secret } from "../../core/secret.ts";
import { verifyAudit } from "../domain/verify-audit.ts";
import { verifyKey } from "../domain/verify-key.ts";
import { readKeyring, renderKeyring } from "../key-material/keyring.ts";
import { makePerson, makeToken } from "../routes/user.fixture.ts";
import { type TestServer, aNewKey, createCall, openTestServer } from "../server.fixture.ts";
import { createApp } from "../create-app.ts";
import { openStoreDirectory } from "../store-directory.ts";
import { dropOldPeppers, preparePepper, rotatePepper } from "./rotate-pepper.ts";
import { makeAdvanced } from "./store.fixture.ts";

let server: TestServer;
let root: string;
beforeEach(async () => {
  server = await openTestServer();
  root = await mkdtemp(join(tmpdir(), "keywright-pepper-"));
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const pepperFile = () => join(server.directory, "pepper.json");
const versionsIn = async () => [...((await readKeyring("pepper", pepperFile()))?.versions.keys() ?? [])];
const isValid = async (secret: Secret) => (await verifyKey(server.context, secret.reveal())).valid;

async function versionOf(table: "keys" | "personal_tokens", id: string): Promise<number> {
  await server.context.redigester.idle();
  const row = await server.context.database
    .selectFrom(table)
    .select("pepper_version")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return row.pepper_version;
}

test("new keys use the new pepper at once, older ones move at their next use, by text that any server sees", async () => {
  const old = await server.makeKey();
  const idle = await server.makeKey();
  expect(await rotatePepper(server.place)).toEqual({ version: 2, older: { keys: 3, tokens: 0 } });
  const fresh = await server.makeKey();
  expect(await versionOf("keys", fresh.id)).toBe(2);
  expect(await versionOf("keys", old.id)).toBe(1);
  expect(await isValid(old.secret)).toBe(true);
  expect([await versionOf("keys", old.id), await versionOf("keys", idle.id)]).toEqual([2, 1]);
  const again = await server.openAgain();
  for (const { secret } of [old, idle, fresh]) {
    expect((await verifyKey(again.context, secret.reveal())).valid).toBe(true);
  }
  await again.close();
  expect(await verifyAudit(server.context.database)).toMatchObject({ whole: true });
});

test("a running server verifies a key that another process has made under a pepper it did not know", async () => {
  await server.call("GET /v1/store");
  await rotatePepper(server.place);
  const again = await server.openAgain();
  const app = createApp(again.context);
  const { newSecret } = await import("../server.fixture.ts");
  const secret = newSecret();
  const headers = { "idempotency-key": "op-1" };
  const call = createCall(app, server.admin);
  expect((await call("POST /v1/keys", { body: aNewKey(secret), headers })).status).toBe(201);
  await app.close();
  await again.close();
  expect(await isValid(secret)).toBe(true);
});

test("personal tokens move when they are used, advanced keys at once, expired and revoked keys never", async () => {
  const { tokenId, token, userId } = await makePerson(server);
  const spare = await makeToken(server, userId);
  const advanced = await makeAdvanced(server);
  const { id: revoked } = await server.makeKey();
  await server.call(`DELETE /v1/keys/${revoked}`);
  const { id: expired } = await server.makeKey({ expiresAt: "2026-11-21T08:00:00.001Z" });
  server.clock.advance(1);
  expect((await rotatePepper(server.place)).older).toEqual({ keys: 1, tokens: 2 });
  expect(await versionOf("keys", advanced.id)).toBe(2);
  expect(await isValid(token)).toBe(true);
  expect(await versionOf("personal_tokens", tokenId)).toBe(2);
  expect(await versionOf("personal_tokens", spare.id)).toBe(1);
  expect([await versionOf("keys", revoked), await versionOf("keys", expired)]).toEqual([1, 1]);
});

test("a pepper that a live key or token needs is not dropped; after its last use it is", async () => {
  const { id, secret } = await server.makeKey();
  const { token } = await makePerson(server);
  await rotatePepper(server.place);
  const refused = {
    code: "STORE_CONFLICT",
    message: expect.stringContaining("2 live keys and 1 live personal token"),
  };
  await expect(dropOldPeppers(server.place)).rejects.toMatchObject(refused);
  expect(await isValid(server.admin)).toBe(true);
  expect(await isValid(token)).toBe(true);
  await server.context.redigester.idle();
  await expect(dropOldPeppers(server.place)).rejects.toMatchObject({
    message: expect.stringContaining("1 live key and 0 live personal tokens"),
  });
  expect(await versionsIn()).toEqual([1, 2]);
  expect(await isValid(secret)).toBe(true);
  expect(await versionOf("keys", id)).toBe(2);
  expect(await dropOldPeppers(server.place)).toBe(2);
  expect(await versionsIn()).toEqual([2]);
  expect([await isValid(secret), await isValid(token), await isValid(server.admin)]).toEqual([
    true,
    true,
    true,
  ]);
  expect([...server.context.keyMaterial.pepper.versions.keys()]).toEqual([2]);
  expect(await dropOldPeppers(server.place)).toBe(2);
});

test("a server that nobody has asked anything since the rotation is ready", async () => {
  await server.call("GET /v1/store");
  await rotatePepper(server.place);
  expect((await server.call("GET /readyz", { token: null })).status).toBe(200);
});

test("one secret is one key, whatever the pepper's version", async () => {
  const { secret } = await server.makeKey();
  await rotatePepper(server.place);
  const headers = { "idempotency-key": "again" };
  expect((await server.call("POST /v1/keys", { body: aNewKey(secret), headers })).status).toBe(409);
});

test("a rotation that died between file and database leaves a store that opens; the next one goes on", async () => {
  const { secret } = await server.makeKey();
  // All that has happened by then is what this does.
  expect([await preparePepper(server.place), await preparePepper(server.place)]).toEqual([2, 2]);
  const again = await server.openAgain();
  expect(again.context.keyMaterial.pepper.current).toBe(1);
  expect((await verifyKey(again.context, secret.reveal())).valid).toBe(true);
  await again.close();
  const prepared = (await readKeyring("pepper", pepperFile()))?.versions;
  expect((await rotatePepper(server.place)).version).toBe(2);
  expect((await readKeyring("pepper", pepperFile()))?.versions).toEqual(prepared);
  expect(await isValid(secret)).toBe(true);
});

test("a drop that died after the file was replaced leaves a store that opens", async () => {
  await rotatePepper(server.place);
  expect(await isValid(server.admin)).toBe(true);
  await server.context.redigester.idle();
  const keyring = await readKeyring("pepper", pepperFile());
  if (!keyring) throw new Error("no keyring");
  const only = { ...keyring, versions: new Map([...keyring.versions].filter(([version]) => version === 2)) };
  await writeFile(pepperFile(), renderKeyring(only));
  const again = await server.openAgain();
  expect((await verifyKey(again.context, server.admin.reveal())).valid).toBe(true);
  await again.close();
  expect(await dropOldPeppers(server.place)).toBe(2);
});

test("the file stays private, keeps its old versions, and a link to it stays a link", async () => {
  const before = (await readKeyring("pepper", pepperFile()))?.versions.get(1);
  const target = join(root, "elsewhere.json");
  await rename(pepperFile(), target);
  await symlink(target, pepperFile());
  await rotatePepper(server.place);
  expect((await lstat(pepperFile())).isSymbolicLink()).toBe(true);
  expect(((await stat(target)).mode & 0o777).toString(8)).toBe("600");
  const after = (await readKeyring("pepper", pepperFile()))?.versions;
  expect([after?.get(1), after?.size]).toEqual([before, 2]);
});

test("a server whose copy of the pepper is older verifies older keys, makes none, and goes on with the new copy", async () => {
  const copy = join(root, "pepper.json");
  await copyFile(pepperFile(), copy);
  const other = await openStoreDirectory({ ...server.place, pepperFile: copy });
  const call = createCall(createApp(other.context), server.admin);
  const { secret } = await server.makeKey();
  await rotatePepper(server.place);
  expect((await verifyKey(other.context, secret.reveal())).valid).toBe(true);
  const { newSecret } = await import("../server.fixture.ts");
  const create = (key: string) =>
    call("POST /v1/keys", { body: aNewKey(newSecret()), headers: { "idempotency-key": key } });
  expect((await create("one")).status).toBe(500);
  expect((await call("GET /readyz", { token: null })).status).toBe(503);
  await copyFile(pepperFile(), copy);
  expect((await create("two")).status).toBe(201);
  expect((await call("GET /readyz", { token: null })).status).toBe(200);
  await other.close();
});

test("with the file copied first, no server ever lacks the new pepper", async () => {
  const copy = join(root, "pepper.json");
  await preparePepper(server.place);
  await copyFile(pepperFile(), copy);
  const other = await openStoreDirectory({ ...server.place, pepperFile: copy });
  await rotatePepper(server.place);
  const { secret } = await server.makeKey();
  expect((await verifyKey(other.context, secret.reveal())).valid).toBe(true);
  expect(other.context.keyMaterial.pepper.current).toBe(2);
  await other.close();
});

test("a pepper that is not this store's is not rotated", async () => {
  const mine = await readFile(pepperFile(), "utf8");
  await writeFile(pepperFile(), mine.replace(/"1":".{4}/, '"1":"AAAA'));
  await expect(rotatePepper(server.place)).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: expect.stringContaining("is not the one of the store"),
  });
  await writeFile(pepperFile(), mine);
  expect(await isValid(server.admin)).toBe(true);
});
