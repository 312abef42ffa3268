/** Each class of drift, made by hand in a real store: found, mended or told as configured, and quiet again. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DriftReport } from "../../src/core/drift/drift-report.ts";
import { validatorOf } from "../../src/schema.ts";
import { aKeyManifest, createProject, type Project, type Result, runMain } from "./project.fixture.ts";
import { httpConfig, type Server, startServer } from "./server.fixture.ts";
import { liveKeys, makeForeignKey } from "./store.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";
const SPOILED = "spoiled-by-hand-0123456789abcdefgh";
const NAMES = ["altered", "expired", "missing", "stale"] as const;
const MARKER = {
  "keywright/instance": "acme",
  "keywright/name": "ghost",
  "keywright/generation": "1",
  "keywright/operation": "gggggggggggg",
};

interface Scene {
  readonly project: Project;
  readonly server: Server;
  readonly token: string;
}

/** Every key as declared, and one of others that was there before. */
async function settled(): Promise<Scene> {
  const manifests = NAMES.map((name) => [`keys/${name}.yaml`, aKeyManifest(name)]);
  const project = await createProject({
    ...Object.fromEntries(manifests),
    "keys/boss.yaml": aKeyManifest("boss", "roles: [ADMIN]"),
  });
  const server = await startServer(project);
  const token = await server.token();
  project.watch(token);
  const config = httpConfig(server.url, `file: ${TOKEN_FILE}`);
  await project.write({ "keywright.yaml": `${config}drift: { onAltered: fix }\n` });
  await project.commit();
  await makeForeignKey(server.url, token, "Billing");
  expect(await project.run(["apply", "--yes", "--ref", "main"])).toMatchObject({ code: 0 });
  return { project, server, token };
}

async function call({ server, token }: Scene, method: string, path: string, body?: unknown): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

async function statusOf({ project }: Scene, name: string): Promise<string | undefined> {
  return (await liveKeys(project)).find(({ marker }) => marker?.name === name)?.status;
}

async function idOf({ project }: Scene, name: string): Promise<string> {
  const key = (await liveKeys(project)).find(({ marker }) => marker?.name === name);
  if (!key) throw new Error(`no key of ${name}`);
  return key.id;
}

const drift = ({ project }: Scene, ...args: string[]): Promise<Result> =>
  project.run(["drift", "--ref", "main", ...args]);

const reportOf = ({ out }: Result): DriftReport => JSON.parse(out) as DriftReport;

const told = ({ findings }: DriftReport): readonly string[] =>
  findings.map(({ class: name, name: of, response }) => [name, of, response].filter(Boolean).join(" "));

/** Gives the ids of the orphan and of the foreign key. */
async function harm(scene: Scene): Promise<{ readonly orphan: string; readonly foreign: string }> {
  const { project, server, token } = scene;
  await call(scene, "PATCH", `/v1/keys/${await idOf(scene, "altered")}`, {
    name: "Edited <b>by hand</b>",
    owner: "me",
  });
  const soon = new Date(Date.now() + 1_500).toISOString();
  await call(scene, "PATCH", `/v1/keys/${await idOf(scene, "expired")}`, { expiresAt: soon });
  await call(scene, "DELETE", `/v1/keys/${await idOf(scene, "missing")}`);
  await writeFile(join(project.directory, ".keywright/secrets/ci/stale"), SPOILED);
  const orphan = await makeForeignKey(server.url, token, "Ghost");
  await call(scene, "PATCH", `/v1/keys/${orphan}`, { labels: MARKER });
  const foreign = await makeForeignKey(server.url, token, "Unknown");
  await call(scene, "PUT", "/v1/policy", { requireExpiration: false, allowedRoles: ["READ_ONLY", "USER"] });
  await project.write({ "keys/fresh.yaml": aKeyManifest("fresh") });
  await project.commit();
  return { orphan, foreign };
}

const LEFT = [
  "orphan ghost report",
  "foreign report",
  "not-compliant boss report",
  "unapplied-commit report",
];

test("each class of drift is found, mended or told as configured, and then all is quiet", async () => {
  const scene = await settled();
  const { project } = scene;
  expect(await drift(scene)).toMatchObject({ code: 0, out: expect.stringContaining("No drift.") });
  const { orphan, foreign } = await harm(scene);

  await expect.poll(() => statusOf(scene, "expired"), { timeout: 10_000 }).toBe("expired");
  const found = await drift(scene, "-f", "json");
  const report = reportOf(found);
  expect(found.code).toBe(2);
  expect(told(report)).toEqual([
    "missing missing fix",
    "expired expired fix",
    "altered altered fix",
    "altered expired fix",
    "sink-stale stale fix",
    ...LEFT,
  ]);
  const validate = validatorOf("Drift");
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  expect(report.findings.find(({ name }) => name === "altered")?.fields).toEqual([
    { field: "displayName", from: "Edited <b>by hand</b>", to: "altered" },
    { field: "owner", from: "me" },
  ]);
  expect(report.findings.map(({ id }) => id)).toEqual(expect.arrayContaining([orphan, foreign]));
  const fixed = await drift(scene, "--fix", "--yes", "-f", "json");
  expect(fixed.code).toBe(2);
  expect(reportOf(fixed).run).toMatchObject({ result: "applied", counts: { applied: 4 } });
  expect(validate(reportOf(fixed)), JSON.stringify(validate.errors)).toBe(true);
  expect(told(reportOf(fixed))).toEqual(LEFT);
  expect(reportOf(fixed).findings.at(-1)?.message).toMatch(
    /^commit [0-9a-f]{12} is not applied \(the last one was [0-9a-f]{12}\): 1 change waits$/,
  );

  expect(await drift(scene, "--acknowledge", "--reason", "of the data team", "--yes")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Known from now on: 1 more, 2 foreign keys in all."),
  });
  await call(scene, "DELETE", `/v1/keys/${orphan}`);
  await call(scene, "PUT", "/v1/policy", { requireExpiration: false });
  expect(await project.run(["apply", "--yes", "--ref", "main"])).toMatchObject({ code: 0 });
  const quiet = await drift(scene, "-f", "json");
  expect(told(reportOf(quiet))).toEqual([]);
  expect(quiet.code).toBe(0);
  expect((await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE))).toEqual([]);
});

test("a fix asks before it changes anything, a guard stops it, and what could not be read is not taken for good", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const config = await project.read("keywright.yaml");
  await project.write({ "keywright.yaml": `${config}drift: { onUnappliedCommit: fix }\n` });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await project.run(["drift", "--fix"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("No drift."),
  });
  const file = ".keywright/secrets/ci/scanner";
  await project.write({ [file]: SPOILED });
  const asked = await project.run(["drift", "--fix"]);
  expect(asked).toMatchObject({ code: 1, err: expect.stringContaining("nobody can be asked here") });
  expect(await project.read(file)).toBe(SPOILED);
  await project.write({ [file]: null, [`${file}/in-the-way`]: "" });
  const blind = await project.run(["drift"]);
  expect(blind).toMatchObject({ code: 1, out: expect.stringContaining("Could not be looked at") });
  await project.write({ "keys/scanner.yaml": "" });
  const guarded = await project.run(["drift", "--fix", "--yes"]);
  expect(guarded).toMatchObject({
    code: 3,
    err: expect.stringContaining("GUARD_REFUSED  empty-desired-set"),
  });
  const unasked = await project.run(["drift", "--acknowledge", "--reason", "x"]);
  expect(unasked).toMatchObject({ code: 1, err: expect.stringContaining("nothing was acknowledged") });
});

test.each([[["--fix", "--acknowledge", "--reason", "x"]], [["--acknowledge"]], [["--reason", "x"]]])(
  "drift %j is refused",
  async (args) => {
    const { code, err } = await runMain(["drift", ...args]);
    expect(code).toBe(1);
    expect(err).toContain("USAGE");
  },
);
