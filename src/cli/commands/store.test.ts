import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEmbeddedStore } from "../../server/open-embedded-store.ts";
import { RANDOM } from "../../server/server.fixture.ts";
import { aHost } from "../a-host.fixture.ts";
import { runCli } from "../run-cli.ts";

const clock = { now: () => new Date() };

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "keywright-store-command-"));
  await (await openEmbeddedStore({ directory: join(cwd, "store"), clock, random: RANDOM })).close();
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const host = aHost({ cwd });
  return { code: await runCli(["store", ...args], host), ...host.printed };
}

const isTokenGood = async (directory: string): Promise<number> => {
  const store = await openEmbeddedStore({ directory: join(cwd, directory), clock, random: RANDOM });
  const headers = { authorization: `Bearer ${store.adminToken.reveal()}` };
  const { status } = await store.inject({ method: "GET", path: "/v1/keys", headers });
  await store.close();
  return status;
};

test("a backup says what is not in it and where that is; a restore says what to look after", async () => {
  const backup = await run("backup", "b", "-d", "store");
  expect(backup).toMatchObject({ code: 0, err: "" });
  expect(backup.out).toMatch(/^Backed up the store ks_[0-9a-f]{16} to .*\/b: 1 key, 0 users, /);
  expect(backup.out).toContain(join(cwd, "store", "pepper.json"));
  expect(backup.out).toContain(join(cwd, "store", "kek.json"));
  await mkdir(join(cwd, "restored"), { mode: 0o700 });
  for (const name of ["pepper.json", "kek.json", "admin-token"]) {
    await copyFile(join(cwd, "store", name), join(cwd, "restored", name));
  }
  const restore = await run("restore", "b", "-d", "restored");
  expect(restore).toMatchObject({ code: 0, err: "" });
  expect(restore.out).toContain("The audit log's chain is whole, up to entry 2");
  expect(restore.out).toContain("What was revoked or changed after that instant is as before");
  expect(await isTokenGood("restored")).toBe(200);
});

test("a store whose database is lost is restored in its own directory, beside its token and key files", async () => {
  await run("backup", "b", "-d", "store");
  for (const end of ["", "-wal", "-shm"]) await rm(join(cwd, "store", `store.db${end}`), { force: true });
  expect((await run("restore", "b", "-d", "store")).code).toBe(0);
  expect(await isTokenGood("store")).toBe(200);
});

test("refusals end with 1 and say what to do", async () => {
  await run("backup", "b", "-d", "store");
  const refused = [
    [["backup", "b", "-d", "store"], /USAGE .*is not overwritten/],
    [["backup", "c", "-d", "nowhere"], /STORE_UNUSABLE .*There is no key store in/],
    [["restore", "b", "-d", "store"], /STORE_UNUSABLE .*already/],
    [["restore", "missing", "-d", "x"], /USAGE .*cannot be read/],
    [["restore", "b", "-d", "x"], /STORE_UNUSABLE .*pepper\.json of the store ks_.* is missing/],
    [["rotate-kek", "-d", "nowhere"], /STORE_UNUSABLE .*There is no key store in/],
    [["rotate-pepper", "-d", "store", "--prepare", "--drop-old"], /USAGE .*do not go together/],
  ] as const;
  for (const [args, message] of refused) {
    const { code, out, err } = await run(...args);
    expect({ args, code, out }).toEqual({ args, code: 1, out: "" });
    expect(err).toMatch(message);
    expect(err).toContain("hint:");
  }
});

test("a rotation of the pepper tells how many keys are left, then drops the old one", async () => {
  const prepared = await run("rotate-pepper", "--prepare", "-d", "store");
  expect(prepared.out).toContain("holds version 2, which nothing uses yet");
  const rotated = await run("rotate-pepper", "-d", "store");
  expect(rotated.out).toContain("New keys use version 2 of the pepper.");
  expect(rotated.out).toContain("needed by 1 live key and 0 live personal tokens");
  expect(await run("rotate-pepper", "--drop-old", "-d", "store")).toMatchObject({ code: 1, out: "" });
  expect(await isTokenGood("store")).toBe(200);
  const dropped = await run("rotate-pepper", "--drop-old", "-d", "store");
  expect(dropped.out).toContain("holds version 2 and none before it");
  expect(await readFile(join(cwd, "store", "pepper.json"), "utf8")).not.toContain('"1":');
  expect(await isTokenGood("store")).toBe(200);
});

test("a rotation of the key-encryption key says what it did, and prepares when it is asked to", async () => {
  const prepared = await run("rotate-kek", "--prepare", "-d", "store");
  expect(prepared.out).toContain("Copy the file to the store's other servers");
  const rotated = await run("rotate-kek", "-d", "store");
  expect(rotated.out).toContain("0 values were sealed again");
  expect(rotated.out).toContain("version 2 of the key-encryption key");
  expect(await isTokenGood("store")).toBe(200);
});
