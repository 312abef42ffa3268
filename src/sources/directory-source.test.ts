import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKey } from "../core/key-format.ts";
import { createDirectorySource } from "./directory-source.ts";
import { aDirectory, type TestDirectory } from "./repository.fixture.ts";

let directory: TestDirectory;
beforeEach(() => {
  directory = aDirectory({ "keys/a.yaml": "a", "keys/team/b.yaml": "b", "other.yaml": "c" });
});
afterEach(() => directory.remove());

const load = (...patterns: readonly string[]) => createDirectorySource(directory.path).load(patterns);
const issuesOf = async (...patterns: readonly string[]) =>
  (await load(...patterns)).issues.map(({ code, at }) => `${code} ${at?.file ?? ""}`.trim());

test("files that match, sorted by layer and path; a later pattern lays its files over", async () => {
  directory.write("keys/prod/a.yaml", "p");
  const { origin, files, issues } = await load("keys/**/*.yaml", "./keys/prod/*.yaml");
  expect(issues).toEqual([]);
  expect(origin).toEqual({ type: "directory", location: directory.path });
  expect(files).toEqual([
    { path: "keys/a.yaml", text: "a", layer: 0 },
    { path: "keys/team/b.yaml", text: "b", layer: 0 },
    { path: "keys/prod/a.yaml", text: "p", layer: 1 },
  ]);
});

test("hidden files, .git and node_modules are not looked at", async () => {
  for (const name of ["keys/.x.yaml", "keys/.d/x.yaml", "keys/.git/x.yaml", "keys/node_modules/x.yaml"])
    directory.write(name, "x");
  expect((await load("**/*.yaml")).files.map(({ path }) => path)).toEqual([
    "keys/a.yaml",
    "keys/team/b.yaml",
    "other.yaml",
  ]);
  directory.write(".keys/x.yaml", "x");
  expect((await load(".keys/*.yaml")).files.map(({ path }) => path)).toEqual([".keys/x.yaml"]);
});

test("names with spaces and any letters work", async () => {
  directory.write("keys/ünï/ein schlüssel.yaml", "x");
  directory.write("keys/日本.yaml", "y");
  expect((await load("keys/**")).files.map(({ path }) => path)).toEqual([
    "keys/a.yaml",
    "keys/team/b.yaml",
    "keys/ünï/ein schlüssel.yaml",
    "keys/日本.yaml",
  ]);
});

test("G5: a link to a file and a link to a directory on the way are issues; one elsewhere is not", async () => {
  symlinkSync("/etc/passwd", join(directory.path, "keys/link.yaml"));
  symlinkSync("../keys", join(directory.path, "keys/linked"));
  symlinkSync("nowhere", join(directory.path, "keys/README.md"));
  symlinkSync("/etc", join(directory.path, "elsewhere"));
  expect(await issuesOf("keys/**/*.yaml")).toEqual([
    "SOURCE_SYMLINK keys/link.yaml",
    "SOURCE_SYMLINK keys/linked",
  ]);
  expect((await load("keys/**/*.yaml")).files).toHaveLength(2);
});

test("G5: a special file is an issue, and is not waited for", async () => {
  execFileSync("mkfifo", [join(directory.path, "keys/pipe.yaml")]);
  expect(await issuesOf("keys/**/*.yaml")).toEqual(["SOURCE_SPECIAL_FILE keys/pipe.yaml"]);
});

test("G2: a file over 1 MiB, and one that is not UTF-8, are issues", async () => {
  directory.write("keys/large.yaml", Buffer.alloc(1024 * 1024 + 1, 97));
  directory.write("keys/latin.yaml", Buffer.from([0x61, 0xe4]));
  expect((await issuesOf("keys/*.yaml")).sort()).toEqual([
    "SOURCE_FILE_TOO_LARGE keys/large.yaml",
    "SOURCE_NOT_UTF8 keys/latin.yaml",
  ]);
});

test("a name with control characters, with other bytes, or with a key in it is an issue that does not repeat it", async () => {
  const key = createKey(
    { prefix: "kw", environment: "live" },
    { bytes: (n) => Uint8Array.from({ length: n }, (_, i) => i) },
  ).reveal();
  directory.write("keys/a\nb.yaml", "x");
  directory.write("keys/\u001b[31m.yaml", "x");
  directory.write(`keys/${key}.yaml`, "x");
  writeFileSync(
    Buffer.concat([Buffer.from(join(directory.path, "keys/")), Buffer.from([0xff]), Buffer.from(".yaml")]),
    "x",
  );
  const { issues } = await load("keys/*.yaml");
  expect(issues.map(({ code }) => code)).toEqual(Array(4).fill("SOURCE_PATH_UNPRINTABLE"));
  expect(JSON.stringify(issues)).not.toContain(key.slice(10, 22));
  expect(issues.map(({ at }) => at?.file).join("")).not.toMatch(/\p{Cc}/u);
});

test("a pattern that adds nothing is a warning; one that leads out is an error", async () => {
  expect((await load("keys/*.yaml", "prod/*.yaml")).issues).toMatchObject([
    { code: "SOURCE_PATTERN_EMPTY", severity: "warning" },
  ]);
  for (const pattern of ["../x/*.yaml", "/etc/*", "!keys/a.yaml", ""]) {
    expect(await load(pattern)).toMatchObject({
      files: [],
      issues: [{ code: "SOURCE_PATTERN_INVALID", severity: "error" }],
    });
  }
});

test("braces and groups in patterns", async () => {
  mkdirSync(join(directory.path, "z"));
  expect((await load("{keys/team,z}/*.yaml", "@(other|x).yaml")).files.map(({ path }) => path)).toEqual([
    "keys/team/b.yaml",
    "other.yaml",
  ]);
});

test("a name with glob characters is matched when they are escaped", async () => {
  directory.write("(a) [b]/keys/x.yaml", "x");
  expect((await load("\\(a\\) \\[b\\]/keys/**/*.yaml")).files.map(({ path }) => path)).toEqual([
    "(a) [b]/keys/x.yaml",
  ]);
});

test("a root that is no directory is an error", async () => {
  for (const path of [join(directory.path, "nowhere"), join(directory.path, "other.yaml")]) {
    await expect(createDirectorySource(path).load(["*"])).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
    });
  }
});
