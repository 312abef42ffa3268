import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aHost } from "./a-host.fixture.ts";
import { readStorePlace } from "./read-store-place.ts";

const URL_WITH_PASSWORD = "postgres://me:secret@db.example.com/keys?sslmode=verify-full";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "keywright-place-"));
});
afterEach(() => rm(cwd, { recursive: true }));

const read = (options: object, env: Readonly<Record<string, string>> = {}) => {
  const host = aHost({ cwd, env });
  return readStorePlace(host, { directory: "store", ...options }).then((place) => ({ host, place }));
};

test("without a database URL the store is in its directory, and files lie beside the caller", async () => {
  const { place } = await read({ pepperFile: "p", kekFile: "/k" });
  expect(place).toEqual({ directory: join(cwd, "store"), pepperFile: join(cwd, "p"), kekFile: "/k" });
});

test("a database URL can be an argument, a file's content, or in the environment", async () => {
  await writeFile(join(cwd, "url"), `${URL_WITH_PASSWORD}\n`, { mode: 0o600 });
  for (const { place } of [
    await read({ databaseUrl: URL_WITH_PASSWORD }),
    await read({ databaseUrlFile: "url" }),
    await read({}, { KEYWRIGHT_DATABASE_URL: URL_WITH_PASSWORD }),
  ]) {
    expect(place.databaseUrl?.reveal()).toBe(URL_WITH_PASSWORD);
  }
});

test("what the command line names wins over the environment", async () => {
  const { place } = await read(
    { databaseUrl: "postgres://a/b" },
    { KEYWRIGHT_DATABASE_URL: "postgres://c/d" },
  );
  expect(place.databaseUrl?.reveal()).toBe("postgres://a/b");
});

test("S4: a password among the arguments works, with a warning that does not repeat it", async () => {
  const { host } = await read({ databaseUrl: URL_WITH_PASSWORD });
  expect(host.printed.err).toContain("use KEYWRIGHT_DATABASE_URL or --database-url-file");
  expect(host.printed.err).not.toContain("secret");
  for (const databaseUrl of ["postgres://me@localhost:5432/keys", "postgres://localhost:5432/keys"]) {
    expect((await read({ databaseUrl })).host.printed.err).toBe("");
  }
  const quiet = await read({}, { KEYWRIGHT_DATABASE_URL: URL_WITH_PASSWORD });
  expect(quiet.host.printed.err).toBe("");
});

test("two databases at once are refused", async () => {
  await expect(read({ databaseUrl: "postgres://a/b", databaseUrlFile: "url" })).rejects.toMatchObject({
    code: "USAGE",
  });
});

test("S5: a file that others may read, that is empty or that is missing is refused", async () => {
  await writeFile(join(cwd, "open"), URL_WITH_PASSWORD, { mode: 0o644 });
  await writeFile(join(cwd, "empty"), "\n", { mode: 0o600 });
  for (const databaseUrlFile of ["open", "empty", "missing"]) {
    await expect(read({ databaseUrlFile })).rejects.toMatchObject({ code: "STORE_UNUSABLE" });
  }
});
