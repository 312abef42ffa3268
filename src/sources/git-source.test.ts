import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { cpuMs } from "../core/cpu-time.fixture.ts";
import { createGitSource, readGitFile } from "./git-source.ts";
import {
  aDirectory,
  aRepository,
  ENVIRONMENT,
  runGitSync,
  type TestDirectory,
} from "./repository.fixture.ts";

const made: TestDirectory[] = [];
afterEach(() => made.splice(0).forEach((each) => each.remove()));

function repository(files: Readonly<Record<string, string>> = { "keys/a.yaml": "first" }) {
  const repo = aRepository(files);
  made.push(repo);
  return repo;
}

function emptyDirectory() {
  const directory = aDirectory();
  made.push(directory);
  return directory;
}

const PATTERNS = ["keys/**/*.yaml"];
const load = (location: string, ref?: string, patterns = PATTERNS) =>
  createGitSource({ location, environment: ENVIRONMENT, ...(ref !== undefined && { ref }) }).load(patterns);
const textAt = async (location: string, ref?: string) =>
  (await load(location, ref)).files.map(({ text }) => text).join();
const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("keywright-git-"));

test("the commit is read, never the work tree", async () => {
  const repo = repository();
  const commit = repo.commit();
  repo.write("keys/a.yaml", "changed, not committed");
  repo.write("keys/b.yaml", "new, not committed");
  expect(await load(repo.path)).toEqual({
    origin: { type: "git", location: repo.path, commit },
    files: [{ path: "keys/a.yaml", text: "first", layer: 0 }],
    issues: [],
  });
});

/** Two commits, with the first one tagged twice and on a branch. */
function history() {
  const repo = repository();
  const first = repo.commit();
  repo.git("tag", "light");
  repo.git("tag", "-a", "-m", "annotated", "v1.0.0");
  repo.git("branch", "release/1");
  repo.write("keys/a.yaml", "second");
  return { repo, first, second: repo.commit() };
}

test("a branch, a tag of either kind, a commit in full or in short", async () => {
  const { repo, first, second } = history();
  for (const ref of [
    "light",
    "v1.0.0",
    "release/1",
    first,
    first.slice(0, 8),
    "refs/heads/release/1",
    "refs/tags/v1.0.0",
  ]) {
    expect([ref, (await load(repo.path, ref)).origin.commit]).toEqual([ref, first]);
  }
  expect((await load(repo.path, "main")).origin).toEqual({
    type: "git",
    location: repo.path,
    ref: "main",
    commit: second,
  });
});

test("a bare repository, and file:// with the same refs, from which nothing is left over", async () => {
  const { repo, first, second } = history();
  const bare = emptyDirectory();
  runGitSync(bare.path, "clone", "--quiet", "--bare", repo.path, "bare.git");
  const path = join(bare.path, "bare.git");
  const before = leftovers();
  for (const location of [path, `file://${path}`]) {
    for (const ref of ["light", "v1.0.0", "release/1", first, first.slice(0, 9), "refs/tags/v1.0.0"]) {
      expect([location, ref, await textAt(location, ref)]).toEqual([location, ref, "first"]);
    }
    expect((await load(location)).origin).toEqual({ type: "git", location, commit: second });
  }
  expect(leftovers()).toEqual(before);
});

test("a commit that no branch points to comes by the full history when the server gives out tips only", async () => {
  const { repo, first } = history();
  repo.git("tag", "-d", "light", "v1.0.0");
  repo.git("branch", "-D", "release/1");
  repo.git("config", "uploadpack.allowAnySHA1InWant", "false");
  repo.git("config", "uploadpack.allowReachableSHA1InWant", "false");
  repo.git("config", "protocol.version", "0");
  expect(await textAt(`file://${repo.path}`, first)).toBe("first");
});

test("a detached HEAD, and a branch that only the remote has", async () => {
  const { repo, first } = history();
  const clone = emptyDirectory();
  runGitSync(clone.path, "clone", "--quiet", repo.path, "clone");
  const path = join(clone.path, "clone");
  runGitSync(path, "checkout", "--quiet", "--detach", first);
  expect((await load(path)).origin.commit).toBe(first);
  expect(await textAt(path, "release/1")).toBe("first");
});

test.each(["local", "remote"])("an unknown ref is refused with the names that exist (%s)", async (kind) => {
  const { repo } = history();
  const location = kind === "local" ? repo.path : `file://${repo.path}`;
  for (const ref of ["mian", "abcdef1234", "f".repeat(40)]) {
    await expect(load(location, ref)).rejects.toMatchObject({
      code: "SOURCE_REF_UNKNOWN",
      message: expect.stringContaining(ref),
      hint: expect.stringMatching(/main.*release\/1.*light.*v1\.0\.0/),
    });
  }
});

test.each(["local", "remote"])("a branch and a tag of one name are ambiguous (%s)", async (kind) => {
  const { repo, first } = history();
  repo.git("branch", "twin", "main");
  repo.git("tag", "twin", first);
  const location = kind === "local" ? repo.path : `file://${repo.path}`;
  await expect(load(location, "twin")).rejects.toMatchObject({
    code: "SOURCE_REF_UNKNOWN",
    hint: expect.stringContaining("refs/heads/twin"),
  });
  expect(await textAt(location, "refs/tags/twin")).toBe("first");
});

test.each(["local", "remote"])("an empty repository has nothing to read (%s)", async (kind) => {
  const { path } = repository({});
  await expect(load(kind === "local" ? path : `file://${path}`)).rejects.toMatchObject({
    code: "SOURCE_REF_UNKNOWN",
    message: expect.stringContaining("no commit"),
  });
});

test("no repository, a directory inside of one, and nothing at all are told apart", async () => {
  const repo = repository();
  repo.commit();
  const plain = emptyDirectory();
  const cases = [
    [plain.path, "not a git repository"],
    [join(repo.path, "keys"), "inside of a repository"],
    [join(plain.path, "nowhere"), "no such directory"],
    [`file://${plain.path}/nowhere`, "nowhere"],
  ] as const;
  for (const [location, message] of cases) {
    await expect(load(location)).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining(message),
    });
  }
});

test("names with spaces, any letters and line breaks are kept apart", async () => {
  const repo = repository({
    'keys/a b/ü "q".yaml': "x",
    "keys/日本.yaml": "y",
    "keys/line\nbreak.yaml": "z",
  });
  repo.commit();
  const { files, issues } = await load(repo.path);
  expect(files.map(({ path }) => path)).toEqual(['keys/a b/ü "q".yaml', "keys/日本.yaml"]);
  expect(issues).toMatchObject([
    { code: "SOURCE_PATH_UNPRINTABLE", at: { file: "keys/line\u{fffd}break.yaml" } },
  ]);
});

test("G5: links and submodules that could hide manifests are issues", async () => {
  const other = repository({ "x.yaml": "x" });
  other.commit();
  const repo = repository({ "keys/a.yaml": "a", "keys/README": "r", "real/b.yaml": "b" });
  symlinkSync("a.yaml", join(repo.path, "keys/link.yaml"));
  symlinkSync("../real", join(repo.path, "keys/dir"));
  symlinkSync("/etc", join(repo.path, "keys/out"));
  symlinkSync("README", join(repo.path, "keys/READ.ME"));
  symlinkSync("real", join(repo.path, "elsewhere"));
  repo.git("submodule", "--quiet", "add", other.path, "keys/sub");
  repo.git("submodule", "--quiet", "add", other.path, "vendor");
  repo.commit();
  const { files, issues } = await load(repo.path);
  expect(files.map(({ path }) => path)).toEqual(["keys/a.yaml"]);
  expect(issues.map(({ code, at }) => `${code} ${at?.file}`).sort()).toEqual([
    "SOURCE_SUBMODULE keys/sub",
    "SOURCE_SYMLINK keys/dir",
    "SOURCE_SYMLINK keys/link.yaml",
    "SOURCE_SYMLINK keys/out",
  ]);
});

test("G2: a large file and one that is not UTF-8 are issues, and the files after them are read", async () => {
  const repo = repository({ "keys/z.yaml": "z" });
  repo.write("keys/large.yaml", Buffer.alloc(1024 * 1024 + 1, 97));
  repo.write("keys/latin.yaml", Buffer.from([0x61, 0xe4]));
  repo.write("keys/exact.yaml", Buffer.alloc(1024 * 1024, 97));
  repo.write("keys/empty.yaml", "");
  repo.commit();
  const { files, issues } = await load(repo.path);
  expect(files.map(({ path, text }) => [path, text.length])).toEqual([
    ["keys/empty.yaml", 0],
    ["keys/exact.yaml", 1024 * 1024],
    ["keys/z.yaml", 1],
  ]);
  expect(issues.map(({ code }) => code)).toEqual(["SOURCE_FILE_TOO_LARGE", "SOURCE_NOT_UTF8"]);
});

test("G13: nothing that looks like an option, a range or a program gets to git", async () => {
  const repo = repository();
  repo.commit();
  for (const ref of [
    "--upload-pack=touch x",
    "-x",
    "",
    "main..main",
    "main^{/x}",
    "HEAD~1",
    "a b",
    "main:keys",
    "@{-1}",
    "x\ny",
  ]) {
    await expect(load(repo.path, ref)).rejects.toMatchObject({ code: "SOURCE_REF_UNKNOWN" });
  }
  const marker = join(repo.path, "marker");
  for (const location of [
    `ext::sh -c touch% ${marker}`,
    "--upload-pack=touch",
    "http://example.com/x.git",
    "git://example.com/x.git",
    "ftp://example.com/x",
    "x\ny",
  ]) {
    await expect(load(location)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  }
  expect(readdirSync(repo.path)).not.toContain("marker");
});

test("G13: a repository's hooks, filters, replacements and attributes have no say", async () => {
  const repo = repository({ "keys/a.yaml": "first", ".gitattributes": "*.yaml filter=evil diff=evil" });
  const commit = repo.commit();
  const hooks = join(repo.path, ".git/hooks");
  mkdirSync(hooks, { recursive: true });
  for (const name of ["post-checkout", "reference-transaction", "post-index-change"]) {
    execFileSync("sh", [
      "-c",
      `printf '#!/bin/sh\\ntouch "${repo.path}/marker"\\n' > "${join(hooks, name)}"`,
    ]);
    chmodSync(join(hooks, name), 0o755);
  }
  repo.git("config", "filter.evil.smudge", `touch ${repo.path}/marker; cat`);
  repo.git("config", "core.fsmonitor", `touch ${repo.path}/marker`);
  repo.git(
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "filter.evil.smudge=cat",
    "replace",
    repo.git("hash-object", "keys/a.yaml"),
    repo.git("hash-object", "-w", ".gitattributes"),
  );
  for (const location of [repo.path, `file://${repo.path}`]) {
    const { origin, files } = await load(location);
    expect([origin.commit, files[0]?.text]).toEqual([commit, "first"]);
  }
  expect(readdirSync(repo.path)).not.toContain("marker");
});

/** A clone that lacks one object and says how to get it: by a program of its own. */
function partialClone(missing: string) {
  const repo = repository();
  repo.commit();
  const id = repo.git("rev-parse", missing);
  const marker = join(repo.path, "marker");
  repo.git("config", "core.repositoryFormatVersion", "1");
  repo.git("config", "extensions.partialClone", "origin");
  repo.git("config", "remote.origin.promisor", "true");
  repo.git("config", "core.sshCommand", `touch ${marker}; false`);
  repo.git("config", "remote.origin.uploadpack", `touch ${marker}; false`);
  repo.git("config", "protocol.allow", "always");
  rmSync(join(repo.path, ".git/objects", id.slice(0, 2), id.slice(2)));
  return repo;
}

const PROMISORS = ["ssh://example.invalid/x", "file:///", "ext::touch% marker"];
const MISSING_OBJECTS = ["HEAD:keys/a.yaml", "HEAD:keys", "HEAD^{tree}"];

test("G13: no program of a repository on disk runs to fetch an object that it lacks", async () => {
  for (const missing of MISSING_OBJECTS) {
    const repo = partialClone(missing);
    for (const url of PROMISORS) {
      repo.git("config", "remote.origin.url", url);
      for (const ref of [undefined, "main"]) {
        await expect(load(repo.path, ref)).rejects.toMatchObject({
          code: "SOURCE_UNREADABLE",
          hint: expect.stringContaining("a partial clone has to be fetched whole first"),
        });
      }
      const one = readGitFile({ location: repo.path, environment: ENVIRONMENT }, "keys/a.yaml");
      await expect(one).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    }
    expect(readdirSync(repo.path)).not.toContain("marker");
  }
});

test.each(["GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS"])(
  "the operator's own %s does not stop a fetch",
  async (name) => {
    const repo = repository();
    repo.commit();
    const environment = { ...ENVIRONMENT, [name]: "/nowhere/x" };
    const { files } = await createGitSource({ location: `file://${repo.path}`, environment }).load(PATTERNS);
    expect(files.map(({ text }) => text)).toEqual(["first"]);
  },
);

test("G13: variables that a hook sets do not redirect git", async () => {
  const [repo, other] = [repository(), repository({ "keys/a.yaml": "other" })];
  repo.commit();
  other.commit();
  const environment = {
    ...ENVIRONMENT,
    GIT_DIR: join(other.path, ".git"),
    GIT_WORK_TREE: other.path,
    GIT_INDEX_FILE: "/nowhere",
    EDITOR: "x",
  };
  for (const location of [repo.path, `file://${repo.path}`]) {
    const { files } = await createGitSource({ location, environment }).load(PATTERNS);
    expect(files.map(({ text }) => text)).toEqual(["first"]);
  }
});

test("a credential in an address is in no error and in no origin", async () => {
  const server = createServer((_request, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  try {
    const error: unknown = await load(
      `http://me:hunter2@127.0.0.1:${port}/acme/keys.git?token=hunter3`,
    ).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining(`http://127.0.0.1:${port}/acme/keys.git`),
    });
    const { message, hint, cause, stack } = error as Error & { readonly hint: string };
    expect(JSON.stringify([message, hint, cause, stack])).not.toMatch(/hunter/);
  } finally {
    server.close();
  }
});

test("one file at a ref, or at the default branch", async () => {
  const repo = repository({ "keywright.yaml": "one", "sub/[x] *.yaml": "star" });
  symlinkSync("keywright.yaml", join(repo.path, "link.yaml"));
  const first = repo.commit();
  repo.write("keywright.yaml", "two");
  repo.commit();
  for (const location of [repo.path, `file://${repo.path}`]) {
    const at = { location, environment: ENVIRONMENT };
    expect((await readGitFile(at, "keywright.yaml"))?.text).toBe("two");
    expect(await readGitFile({ ...at, ref: first }, "keywright.yaml")).toMatchObject({
      text: "one",
      origin: { ref: first, commit: first },
    });
    expect((await readGitFile(at, "sub/[x] *.yaml"))?.text).toBe("star");
    expect(await readGitFile(at, "sub/*.yaml")).toBeUndefined();
    expect(await readGitFile(at, "sub")).toBeUndefined();
    await expect(readGitFile(at, "link.yaml")).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  }
});

test("10,000 files are read in a few seconds", async () => {
  const repo = repository({});
  const stream = Array.from(
    { length: 10_000 },
    (_, i) => `M 100644 inline keys/team-${i % 50}/key-${i}.yaml\ndata <<X\nname: key-${i}\nX\n`,
  ).join("");
  execFileSync("git", ["fast-import", "--quiet"], {
    cwd: repo.path,
    env: ENVIRONMENT,
    input: `commit refs/heads/main\ncommitter t <t@example.com> 0 +0000\ndata 1\nx\n${stream}`,
  });
  const start = cpuMs();
  expect((await load(repo.path)).files).toHaveLength(10_000);
  expect(cpuMs() - start).toBeLessThan(4_000);
});
