import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aKeyManifest, createProject, manyKeys, type Project } from "./project.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

const SINK = ".keywright/secrets";
const LEDGER = ".keywright/ledger/ledger.jsonl";

const oneKey = (): Promise<Project> => createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });

async function makeSink({ directory }: Project, mode = 0o700): Promise<string> {
  const sink = join(directory, SINK);
  await mkdir(sink, { recursive: true });
  await chmod(sink, mode);
  return sink;
}

/** Mounts in a namespace of the command's own, gone with it: root's way to a disk that is full or read-only. */
const inNamespace = (...mounts: readonly string[]): readonly string[] => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `${mounts.join(" && ")} && exec "$@"`,
  "sh",
];

const canMount = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
if (!canMount) console.warn("SKIPPED: a full disk cannot be made here (it needs root and unshare)");

test("S6: a sink directory that others may write to is refused, and no key is made", async () => {
  const project = await oneKey();
  const sink = await makeSink(project, 0o777);
  const { code, out } = await project.run(["apply", "--yes"]);
  expect(code).toBe(1);
  expect(out).toContain(`others may write to ${sink}`);
  expect(out).toContain(`chmod go-w ${sink}`);
  expect(await liveKeys(project)).toEqual([]);
});

const canFill = spawnSync("test", ["-c", "/dev/full"]).status === 0;

test.skipIf(!canFill)("a log on a full disk does not end an apply half-way", async () => {
  const project = await createProject(manyKeys(3));
  const through = ["sh", "-c", 'exec "$@" 2>/dev/full', "sh"];
  const apply = ["--log-format", "json", "apply", "--yes"];
  expect(await project.run(apply, { through })).toMatchObject({ code: 0 });
  expect(await liveKeys(project)).toHaveLength(3);
  expect((await project.run(["apply", "--yes"])).out).toContain("No changes");
});

test("S6: a planted link in the sink is refused, and no key is made", async () => {
  const project = await oneKey();
  const sink = await makeSink(project);
  await symlink("/tmp", join(sink, "ci"));
  const { code, out } = await project.run(["apply", "--yes"]);
  expect(code).toBe(1);
  expect(out).toContain(`${sink}/ci is a symbolic link`);
  expect(await liveKeys(project)).toEqual([]);
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot && !canMount)("a read-only sink directory is refused, and no key is made", async () => {
  const project = await oneKey();
  const sink = await makeSink(project, isRoot ? 0o700 : 0o500);
  onTestFinished(() => chmod(sink, 0o700));
  const bind = [`mount --bind ${sink} ${sink}`, `mount -o remount,bind,ro ${sink}`];
  const { code, out } = await project.run(
    ["apply", "--yes"],
    isRoot ? { through: inNamespace(...bind) } : {},
  );
  expect(code).toBe(1);
  expect(out).toMatch(/failed/);
  expect(out).toContain("SINK_UNUSABLE");
  expect(out).toContain(sink);
  expect(out).toContain("choose another directory for this sink");
  expect(await liveKeys(project)).toEqual([]);
});

test.skipIf(!canMount)(
  "a full disk fails what does not fit, keeps what does, and the rest comes later",
  async () => {
    const project = await createProject(manyKeys(12));
    const sink = await makeSink(project);
    const kept = `${project.directory}/kept`;
    // 40 KiB: ten files of one block each.
    const full = [`mount -t tmpfs -o size=40k,mode=0700 tmpfs ${sink}`, `trap 'cp -a ${sink} ${kept}' EXIT`];
    const through = inNamespace(...full).map((part) => part.replace('exec "$@"', '"$@"'));
    const broken = await project.run(["apply", "--yes"], { through });
    expect([1, 4]).toContain(broken.code);
    expect(broken.out).toMatch(/SINK_WRITE_FAILED|SINK_UNUSABLE/);
    expect(broken.out).toContain("free some space");
    const live = await liveKeys(project);
    expect(live.length).toBeLessThan(12);
    spawnSync("cp", ["-a", `${kept}/.`, sink]);
    spawnSync("rm", ["-rf", kept]);
    expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
    const found = await standings(project);
    expect(found.size).toBe(12);
    for (const standing of found.values()) expect(standing).toEqual(GOOD);
    expect(await project.pending()).toEqual([]);
    expect(await project.leaks()).toEqual([]);
  },
);

test("a ledger whose middle was changed stops everything, at its line", async () => {
  const project = await oneKey();
  await project.run(["apply", "--yes"]);
  const file = join(project.directory, LEDGER);
  const lines = (await readFile(file, "utf8")).split("\n");
  lines[4] = (lines[4] ?? "").replace("acme", "acne").replace("scanner", "scammer");
  await writeFile(file, lines.join("\n"));
  await project.write({ "keys/sync.yaml": aKeyManifest("sync") });
  for (const args of [
    ["apply", "--yes"],
    ["runs", "list"],
  ]) {
    const { code, err } = await project.run(args);
    expect(code).toBe(1);
    expect(err).toContain(`LEDGER_CORRUPT  ${file}:5: `);
    expect(err).toContain("hint: ");
  }
  expect(await liveKeys(project)).toHaveLength(1);
});

test("a ledger that ends in a torn line is mended", async () => {
  const project = await oneKey();
  await project.run(["apply", "--yes"]);
  const file = join(project.directory, LEDGER);
  await truncate(file, (await stat(file)).size - 20);
  await project.write({ "keys/sync.yaml": aKeyManifest("sync") });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const listed = await project.run(["runs", "list"]);
  expect(listed.out).toMatch(/ applied +1\/1[^]* interrupted /);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
});

test("a pepper that is missing or another one stops everything, and no key is made", async () => {
  const project = await oneKey();
  await project.run(["apply", "--yes"]);
  await project.write({ "keys/sync.yaml": aKeyManifest("sync") });
  const path = join(project.directory, ".keywright/store/pepper.json");
  const pepper = await readFile(path, "utf8");
  const other = JSON.stringify({ current: 1, peppers: { "1": Buffer.alloc(32, 7).toString("base64") } });
  for (const [text, message] of [
    [null, /STORE_UNUSABLE.*pepper file .*pepper\.json of the store ks_\w+ is missing/],
    [other, /STORE_UNUSABLE.*pepper in .*pepper\.json is not the one of the store ks_/],
    ["{", /STORE_UNUSABLE.*pepper\.json is not a pepper file/],
  ] as const) {
    await project.write({ ".keywright/store/pepper.json": text });
    if (text !== null) await chmod(path, 0o600);
    const { code, err } = await project.run(["apply", "--yes"]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).toMatch(/hint: Put .* from your backup/);
    await writeFile(path, pepper, { mode: 0o600 });
  }
  expect(await liveKeys(project)).toHaveLength(1);
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
});
