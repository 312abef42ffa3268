import { expect, test } from "vitest";
import { aKeyManifest, CONFIG, createProject, manyKeys, type Project } from "./project.fixture.ts";
import { startServer } from "./server.fixture.ts";
import { liveKeys, makeForeignKey, readKey } from "./store.fixture.ts";

const namesOf = async (project: Project): Promise<readonly string[]> =>
  (await liveKeys(project)).map(({ marker }) => marker?.name ?? "?").toSorted();

test("a key that Keywright did not make is never touched", async () => {
  const project = await createProject({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/b.yaml": aKeyManifest("b"),
  });
  const server = await startServer(project);
  const token = await server.token();
  const id = await makeForeignKey(server.url, token, "scanner");
  const before = await readKey(server.url, token, id);
  await project.run(["apply", "--yes"]);
  await project.write({ "keys/scanner.yaml": null });
  const revoked = await project.run(["apply", "--yes"]);
  expect(revoked.out).toContain("FOREIGN_KEYS 1 key in the store not made by this instance: left alone");
  expect(await namesOf(project)).toEqual(["?", "b"]);
  expect(await readKey(server.url, token, id)).toEqual(before);
  project.watch(token);
  expect((await project.leaks()).filter((leak) => !leak.startsWith(".keywright/store/admin-token"))).toEqual(
    [],
  );
});

test("removing all manifests is refused, by plan and by apply", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.run(["apply", "--yes"]);
  await project.write({ "keys/scanner.yaml": null });
  expect(await project.run(["plan"])).toMatchObject({ code: 3 });
  const { code, err } = await project.run(["apply", "--yes", "--allow", "scanner"]);
  expect(code).toBe(3);
  expect(err).toContain("SOURCE_PATTERN_EMPTY");
  expect(err).toContain("GUARD_REFUSED  empty-desired-set: the manifests declare no key at all");
  expect(err).toContain("hint: this is nearly always a wrong path, branch or pattern");
  expect(await namesOf(project)).toEqual(["scanner"]);
});

test("a protected key is revoked and rotated only when it is allowed by name", async () => {
  const project = await createProject({
    "keywright.yaml": `${CONFIG}guards: { protectedKeys: [break-glass] }\n`,
    "keys/break-glass.yaml": aKeyManifest("break-glass"),
    "keys/sealed.yaml": aKeyManifest("sealed", "roles: [READ_ONLY]\nprotected: true"),
    "keys/other.yaml": aKeyManifest("other"),
  });
  await project.run(["apply", "--yes"]);
  const before = await liveKeys(project);
  await project.write({ "keys/break-glass.yaml": null });
  await project.write({ "keys/sealed.yaml": aKeyManifest("sealed", "roles: [ADMIN]\nprotected: true") });
  const refused = await project.run(["apply", "--yes", "--allow", "other"]);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("GUARD_REFUSED  protected-key: break-glass is protected");
  expect(refused.err).toContain("--allow break-glass");
  expect(await liveKeys(project)).toEqual(before);
  // The rotation waits, and holds nothing else up.
  const half = await project.run(["apply", "--yes", "--allow", "break-glass"]);
  expect(half.code).toBe(0);
  expect(half.out).toMatch(/sealed.*\n?.*protected/);
  expect(half.out).toContain("--allow sealed");
  expect(await namesOf(project)).toEqual(["other", "sealed"]);
  expect(await project.run(["apply", "--yes", "--allow", "sealed"])).toMatchObject({ code: 0 });
  expect(await namesOf(project)).toEqual(["other", "sealed", "sealed"]);
});

test("too many revocations are refused, and --allow lets exactly the named ones", async () => {
  const project = await createProject(manyKeys(6));
  await project.run(["apply", "--yes"]);
  const gone = [1, 2, 3, 4].map((n) => `keys/key-${n}.yaml`);
  await project.write(Object.fromEntries(gone.map((path) => [path, null])));
  const planned = await project.run(["plan", "--out", "plan.json"]);
  expect(planned.code).toBe(3);
  expect(planned.out).toContain("4 keys would be revoked; guards.maxRevocations allows 3");
  const saved = await project.run(["apply", "plan.json"]);
  expect(saved.code).toBe(3);
  expect(saved.err).toContain("GUARD_REFUSED  revocation-count");
  expect(saved.err).toContain("--allow key-1,key-2,key-3,key-4");
  expect(await project.run(["apply", "--yes", "--allow", "key-6"])).toMatchObject({ code: 3 });
  expect((await namesOf(project)).length).toBe(6);
  expect(await project.run(["apply", "--yes", "--allow", "key-1"])).toMatchObject({ code: 0 });
  expect(await namesOf(project)).toEqual(["key-5", "key-6"]);
  expect([...(await project.secrets()).keys()]).toEqual(["ci/key-5", "ci/key-6"]);
  expect(await project.leaks()).toEqual([]);
});
