import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seal, sealedVersion } from "../key-material/envelope.ts";
import { readKeyring, renderKeyring } from "../key-material/keyring.ts";
import { Secret } from "../../core/secret.ts";
import { verifyAudit } from "../domain/verify-audit.ts";
import { RANDOM, type TestServer, openTestServer } from "../server.fixture.ts";
import { prepareKek, rotateKek } from "./rotate-kek.ts";
import { SECRET_VALUE, makeAdvanced } from "./store.fixture.ts";

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

const kekFile = () => join(server.directory, "kek.json");
const versionsIn = async () => [...((await readKeyring("kek", kekFile()))?.versions.keys() ?? [])];

async function makeSecret(tag = "t"): Promise<string> {
  const created = await server.call("POST /v1/secrets", { body: { tag, name: "n", value: SECRET_VALUE } });
  if (created.status !== 201) throw new Error(created.text);
  return String(created.body["id"]);
}

/** More than a batch, without a request for each. */
async function makeManySecrets(count: number): Promise<void> {
  const { database, keyMaterial } = server.context;
  const at = server.clock.now().toISOString();
  const rows = Array.from({ length: count }, (_, index) => {
    const id = `secret_${String(index).padStart(24, "0")}`;
    const sealed_value = seal(keyMaterial.kek, RANDOM, id, Secret.of(`value ${index}`));
    return { id, tag: `tag${index}`, name: "n", sealed_value, created_at: at, updated_at: at, version: 1 };
  });
  await database.insertInto("secrets").values(rows).execute();
}

async function readSecret(id: string): Promise<{ readonly version: number; readonly text: string }> {
  const { database, keyMaterial } = server.context;
  const row = await database
    .selectFrom("secrets")
    .select("sealed_value")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const text = (await keyMaterial.unseal(id, row.sealed_value)).reveal();
  return { version: sealedVersion(row.sealed_value), text };
}

async function readAdvanced(id: string): Promise<string> {
  const { database, keyMaterial } = server.context;
  const row = await database
    .selectFrom("keys")
    .select("sealed_key")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return (await keyMaterial.unseal(id, row.sealed_key ?? "")).reveal();
}

/** As the next start would find it, by another process. */
async function expectAllReadable(count: number): Promise<void> {
  const again = await server.openAgain();
  const rows = await again.context.database.selectFrom("secrets").selectAll().orderBy("id").execute();
  const texts = await Promise.all(
    rows.map(async (row) => (await again.context.keyMaterial.unseal(row.id, row.sealed_value)).reveal()),
  );
  await again.close();
  expect(texts).toEqual(Array.from({ length: count }, (_, index) => `value ${index}`));
}

test("every sealed value is sealed again, and the old version is dropped; a running server goes on", async () => {
  const id = await makeSecret();
  const advanced = await makeAdvanced(server);
  expect(await rotateKek(server.place)).toEqual({ version: 2, resealed: 2, hasResumed: false });
  expect(await versionsIn()).toEqual([2]);
  expect(await readSecret(id)).toEqual({ version: 2, text: SECRET_VALUE });
  expect(await readAdvanced(advanced.id)).toBe(advanced.secret.reveal());
  const next = await makeSecret("t2");
  expect(await readSecret(next)).toEqual({ version: 2, text: SECRET_VALUE });
  expect(await rotateKek(server.place)).toMatchObject({ version: 3, resealed: 3 });
  expect((await readSecret(id)).version).toBe(3);
  expect(await verifyAudit(server.context.database)).toMatchObject({ whole: true });
});

test("a value that was read before it was sealed again still opens after the old version is gone", async () => {
  const id = await makeSecret();
  const { database, keyMaterial } = server.context;
  const { sealed_value: before } = await database
    .selectFrom("secrets")
    .select("sealed_value")
    .executeTakeFirstOrThrow();
  await rotateKek(server.place);
  await server.call("GET /v1/keys");
  expect(keyMaterial.kek.current).toBe(2);
  expect((await keyMaterial.unseal(id, before)).reveal()).toBe(SECRET_VALUE);
});

test("a server that has not heard of the rotation yet seals with the new version all the same", async () => {
  await rotateKek(server.place);
  expect(server.context.keyMaterial.kek.current).toBe(1);
  const { createSecret } = await import("../domain/stored-secret.ts");
  const { SYSTEM } = await import("../domain/audit.ts");
  const made = await createSecret(server.context, SYSTEM, {
    tag: "late",
    name: "n",
    value: Secret.of(SECRET_VALUE),
  });
  if ("refused" in made) throw new Error(made.detail);
  expect(await readSecret(made.id)).toEqual({ version: 2, text: SECRET_VALUE });
});

test("a prepared version is only in the file; the rotation uses it", async () => {
  const id = await makeSecret();
  expect([await prepareKek(server.place), await prepareKek(server.place)]).toEqual([2, 2]);
  expect(await versionsIn()).toEqual([1, 2]);
  const prepared = (await readKeyring("kek", kekFile()))?.versions.get(2);
  // This is also how a process looks that was killed between the file and the database.
  const again = await server.openAgain();
  expect(again.context.keyMaterial.kek.current).toBe(1);
  await again.close();
  await rotateKek(server.place);
  expect((await readKeyring("kek", kekFile()))?.versions).toEqual(new Map([[2, prepared]]));
  expect((await readSecret(id)).text).toBe(SECRET_VALUE);
});

test("a rotation that died before it dropped the old version is finished, and no new one begun", async () => {
  const id = await makeSecret();
  const before = await readKeyring("kek", kekFile());
  await rotateKek(server.place);
  const after = await readKeyring("kek", kekFile());
  if (!before || !after) throw new Error("no keyring");
  const both = { ...after, versions: new Map([...before.versions, ...after.versions]) };
  await writeFile(kekFile(), renderKeyring(both));
  await chmod(kekFile(), 0o600);
  expect(await rotateKek(server.place)).toEqual({ version: 2, resealed: 0, hasResumed: true });
  expect(await versionsIn()).toEqual([2]);
  expect((await readSecret(id)).text).toBe(SECRET_VALUE);
});

/** Runs a rotation in a process of its own and kills it -9 when it has sealed so many values again. */
async function killAt(stopAt: number): Promise<void> {
  const script = fileURLToPath(new URL("./rotate.fixture.ts", import.meta.url));
  const { databaseUrl } = server.place;
  const child = spawn(process.execPath, ["--import", "tsx", script, server.directory, String(stopAt)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...(databaseUrl && { KEYWRIGHT_ROTATE_DATABASE_URL: databaseUrl.reveal() }) },
  });
  const ended = once(child, "exit");
  const [told] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer | number];
  child.kill("SIGKILL");
  await ended;
  expect(String(told)).toBe(`${stopAt}\n`);
}

test("kill -9 at any step leaves a store that opens, and the same command finishes what was begun", async () => {
  const count = 250;
  await makeManySecrets(count);
  for (const stopAt of [0, 100, 100, 50]) {
    await killAt(stopAt);
    await expectAllReadable(count);
    expect((await server.call("GET /v1/keys")).status).toBe(200);
    expect(await versionsIn()).toEqual([1, 2]);
  }
  expect(await rotateKek(server.place)).toEqual({ version: 2, resealed: 0, hasResumed: true });
  await expectAllReadable(count);
  expect(await versionsIn()).toEqual([2]);
});
