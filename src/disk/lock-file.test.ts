import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFile } from "./lock-file.ts";

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kw-lock-"));
  path = join(root, "lock");
});
afterEach(() => rm(root, { recursive: true }));

const exclusive = { mode: "exclusive", waitMs: 0 } as const;
const shared = { mode: "shared", waitMs: 0 } as const;

const noAddOn = (): Promise<never> => Promise.reject(new Error("cannot find addon"));

test("an exclusive lock excludes all others, also within one process", async () => {
  const held = await lockFile(path, exclusive);
  expect(await lockFile(path, exclusive)).toBeUndefined();
  expect(await lockFile(path, shared)).toBeUndefined();
  await held?.release();
  const next = await lockFile(path, exclusive);
  expect(next).toBeDefined();
  await next?.release();
});

test("shared locks stand beside each other and make no file", async () => {
  await expect(lockFile(path, shared)).rejects.toMatchObject({ code: "ENOENT" });
  await writeFile(path, "");
  const locks = [await lockFile(path, shared), await lockFile(path, shared)];
  expect(locks.every(Boolean)).toBe(true);
  expect(await lockFile(path, exclusive)).toBeUndefined();
  for (const lock of locks) await lock?.release();
});

test("a lock tells when its file is no longer in place", async () => {
  const held = await lockFile(path, exclusive);
  expect(await held?.isInPlace()).toBe(true);
  await rm(path);
  expect(await held?.isInPlace()).toBe(false);
  await held?.release();
});

test("a named pipe in place of the file is refused at once", async () => {
  execFileSync("mkfifo", [path]);
  for (const request of [exclusive, shared]) {
    await expect(lockFile(path, request)).rejects.toThrow(`${path} is no regular file`);
  }
});

test("a machine without the native part is told so", async () => {
  await expect(lockFile(path, exclusive, noAddOn)).rejects.toMatchObject({
    code: "PLATFORM_UNSUPPORTED",
    hint: expect.stringContaining("fs-native-extensions"),
  });
});
