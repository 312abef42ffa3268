import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { simpleGit } from "simple-git";
import { expect, test } from "vitest";
import { aKeyManifest, CONFIG, createProject, type Project } from "./project.fixture.ts";

const ONE_KEY = { "keys/scanner.yaml": aKeyManifest("scanner") };

test("--ref reads the commit, never the work tree", async () => {
  const project = await createProject(ONE_KEY);
  const commit = await project.commit();
  await project.write({
    "keys/scanner.yaml": "not: [a manifest",
    "keys/untracked.yaml": aKeyManifest("untracked"),
  });
  const planned = await project.run(["plan", "--ref", "main", "--format", "json"]);
  const plan = JSON.parse(planned.out) as { source: unknown; changes: { name: string }[] };
  expect(plan.changes.map(({ name }) => name)).toEqual(["scanner"]);
  expect(plan.source).toMatchObject({ type: "git", ref: "main", commit });
  expect(await project.run(["plan"])).toMatchObject({ code: 1 });
});

test("a tag and a commit are refs too", async () => {
  const project = await createProject(ONE_KEY);
  const first = await project.commit();
  await project.git.addTag("v1");
  await project.write({ "keys/second.yaml": aKeyManifest("second") });
  await project.commit();
  for (const ref of ["v1", first]) {
    expect((await project.run(["validate", "--ref", ref])).out).toContain(
      `1 key (commit ${first.slice(0, 12)})`,
    );
  }
  expect((await project.run(["validate", "--ref", "main"])).out).toContain("2 keys");
});

test("--ref works from a configuration in a subdirectory of the repository", async () => {
  const project = await createProject();
  await project.write({
    "teams/a/keywright.yaml": CONFIG,
    "teams/a/keys/scanner.yaml": aKeyManifest("scanner"),
  });
  await project.commit();
  const cwd = join(project.directory, "teams/a");
  const validated = await project.run(["validate", "--ref", "main"], { cwd });
  expect(validated).toMatchObject({ code: 0 });
  expect(validated.out).toContain("1 key");
});

/** A bare clone, and a directory to work in that is no repository. */
async function bareClone(project: Project): Promise<{ bare: string; cwd: string }> {
  const bare = join(project.directory, ".keywright/bare.git");
  await mkdir(join(project.directory, ".keywright/work"), { recursive: true });
  await simpleGit(project.directory).clone(project.directory, bare, ["--bare", "--quiet"]);
  return { bare, cwd: join(project.directory, ".keywright/work") };
}

test("--repo applies from a bare repository, by path and by file:// address", async () => {
  const project = await createProject(ONE_KEY);
  const commit = await project.commit();
  const { bare, cwd } = await bareClone(project);
  const address = pathToFileURL(bare).href;
  const planned = await project.run(["plan", "--repo", address, "--exit-code"], { cwd });
  expect(planned).toMatchObject({ code: 2 });
  expect(planned.out).toContain(address);
  expect(planned.out).toContain(commit.slice(0, 12));
  expect(await project.run(["apply", "--repo", bare, "--yes"], { cwd })).toMatchObject({ code: 0 });
  expect(await project.run(["plan", "--repo", address, "--exit-code"], { cwd })).toMatchObject({ code: 0 });
  const secret = await project.read(".keywright/work/.keywright/secrets/ci/scanner");
  expect(secret).toMatch(/^kw_live_/);
});

test("G6: with --repo the configuration is the default branch's, not the one at the ref", async () => {
  const project = await createProject(ONE_KEY);
  await project.commit();
  await project.git.checkoutLocalBranch("feature");
  const elsewhere = CONFIG.replace(".keywright/secrets", "stolen").replace(
    "instance: acme",
    "instance: evil",
  );
  await project.write({ "keywright.yaml": elsewhere, "keys/second.yaml": aKeyManifest("second") });
  await project.commit("Send the secrets elsewhere");
  await project.git.checkout("main");
  const { bare, cwd } = await bareClone(project);
  const planned = await project.run(["plan", "--repo", bare, "--ref", "feature", "--format", "json"], {
    cwd,
  });
  expect(planned.code).toBe(0);
  expect(JSON.parse(planned.out)).toMatchObject({ instance: "acme", counts: { create: 2 } });
  await project.run(["apply", "--repo", bare, "--ref", "feature", "--yes"], { cwd });
  expect(await project.read(".keywright/work/.keywright/secrets/ci/second")).toMatch(/^kw_live_/);
});

test("--repo takes a configuration of the operator's own", async () => {
  const project = await createProject(ONE_KEY);
  await project.git.rm(["-q", "--cached", "keywright.yaml"]).catch(() => undefined);
  await project.commit();
  const { bare, cwd } = await bareClone(project);
  await project.write({ ".keywright/work/mine.yaml": CONFIG.replace("instance: acme", "instance: mine") });
  const planned = await project.run(["plan", "--repo", bare, "-c", "mine.yaml", "--format", "json"], { cwd });
  expect(JSON.parse(planned.out)).toMatchObject({ instance: "mine" });
});

type Unreadable = readonly [name: string, args: readonly string[], message: RegExp, hint: RegExp];

const UNREADABLE: readonly Unreadable[] = [
  ["a directory that is not there", ["--repo", "gone"], /SOURCE_UNREADABLE.* gone/, /hint: .*repository/],
  ["a directory that is no repository", ["--repo", "keys"], /SOURCE_UNREADABLE.* keys/, /hint: /],
  ["an address nobody answers at", ["--repo", "file:///gone.git"], /SOURCE_UNREADABLE.*gone\.git/, /hint: /],
  ["an ext:: address", ["--repo", "ext::sh -c true"], /SOURCE_UNREADABLE/, /hint: use a path/],
  ["a branch that is not there", ["--ref", "mian"], /SOURCE_REF_UNKNOWN.*"mian"/, /hint: .*main/],
  ["an option for a ref", ["--ref=--upload-pack=x"], /SOURCE_REF_UNKNOWN/, /hint: /],
];

test("what cannot be read is refused with what to do, and nothing is made", async () => {
  const project = await createProject(ONE_KEY);
  await project.commit();
  const attempts = UNREADABLE.map(([, args]) => project.run(["apply", "--yes", ...args]));
  for (const [index, { code, err }] of (await Promise.all(attempts)).entries()) {
    const [name, , message, hint] = UNREADABLE[index] as Unreadable;
    expect({ name, code }).toEqual({ name, code: 1 });
    expect(err).toMatch(message);
    expect(err).toMatch(hint);
  }
  await expect(project.read(".keywright/store/store.db")).rejects.toThrow("ENOENT");
});
