import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { aKeyManifest, createProject, manyKeys, type Project } from "./project.fixture.ts";
import { httpConfig, type Server, startServer } from "./server.fixture.ts";
import { GOOD, liveKeys, standings } from "./store.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";
const BY_FILE = `file: ${TOKEN_FILE}`;

/** A project on a server of its own, with the administrator's token among the secrets that may not leak. */
async function servedProject(
  manifests: Readonly<Record<string, string>> = { "keys/scanner.yaml": aKeyManifest("scanner") },
  credential = BY_FILE,
): Promise<{ project: Project; server: Server }> {
  const project = await createProject(manifests);
  const server = await startServer(project);
  project.watch(await server.token());
  await project.write({ "keywright.yaml": httpConfig(server.url, credential) });
  return { project, server };
}

/** The token stands in its own file, and nowhere else. */
const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE));

test("the first start says where the administrator's token is, in a file of its own, 0600", async () => {
  const { project, server } = await servedProject();
  const [first, second] = server.out().split("\n");
  const path = `${project.directory}/${TOKEN_FILE}`;
  expect(first).toBe(`First start: the administrator's token is in ${path}`);
  expect(second).toMatch(/^Listening on http:\/\/127\.0\.0\.1:\d+ \(store ks_[0-9a-f]{16}\)$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  server.kill("SIGTERM");
  const { code, out, err } = await server.ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(server.out());
  const again = await startServer(project);
  expect(again.out()).not.toContain("First start");
  again.kill("SIGINT");
  expect(await again.ended).toMatchObject({ code: 0 });
  expect(await leaksOf(project)).toEqual([]);
});

test("the whole way over HTTP, with the credential from a file and from the environment", async () => {
  const { project, server } = await servedProject();
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  await project.write({
    "keywright.yaml": httpConfig(server.url, "env: STORE_TOKEN"),
    "keys/sync.yaml": aKeyManifest("sync"),
  });
  const env = { STORE_TOKEN: await server.token() };
  const applied = await project.run(["apply", "--yes"], { env });
  expect(applied.code).toBe(0);
  expect(applied.out).toContain(`store    ${server.url}`);
  expect(await project.run(["plan", "--exit-code"], { env })).toMatchObject({ code: 0 });
  expect(await standings(project)).toEqual(
    new Map([
      ["scanner", GOOD],
      ["sync", GOOD],
    ]),
  );
  expect(await leaksOf(project)).toEqual([]);
});

test("a credential that is missing is named, and where it is asked for", async () => {
  const { project, server } = await servedProject(undefined, "env: STORE_TOKEN");
  const unset = await project.run(["apply", "--yes"]);
  expect(unset.code).toBe(1);
  expect(unset.err).toContain("CREDENTIAL_MISSING  the environment variable STORE_TOKEN is not there");
  expect(unset.err).toContain("keywright.yaml:5 reads it from there");
  const empty = await project.run(["apply", "--yes"], { env: { STORE_TOKEN: "" } });
  expect(empty.err).toContain("the environment variable STORE_TOKEN is empty");
  await project.write({ "keywright.yaml": httpConfig(server.url, "file: gone/token") });
  const gone = await project.run(["apply", "--yes"]);
  expect(gone.code).toBe(1);
  expect(gone.err).toContain(`CREDENTIAL_MISSING  the file ${project.directory}/gone/token is not there`);
});

test("a wrong token is refused with what to do, and never shown", async () => {
  const { project } = await servedProject(undefined, "env: STORE_TOKEN");
  const wrong = `kw_live_${"Wrong0Token1".repeat(4).slice(0, 46)}`;
  project.watch(wrong);
  const { code, err } = await project.run(["apply", "--yes"], { env: { STORE_TOKEN: wrong } });
  expect(code).toBe(1);
  expect(err).toContain("STORE_UNAUTHORIZED  The store does not accept the credential.");
  expect(err).toContain("hint: Check store.credential");
  expect(await liveKeys(project)).toEqual([]);
  expect(await leaksOf(project)).toEqual([]);
});

test("a server that is down is unreachable, by its address", async () => {
  const { project, server } = await servedProject();
  server.kill("SIGTERM");
  await server.ended;
  const { code, err } = await project.run(["plan"]);
  expect(code).toBe(1);
  expect(err).toContain(`STORE_UNREACHABLE  The key store at 127.0.0.1:${server.port} cannot be reached`);
  expect(err).toContain("hint: Check store.url");
});

test("G6: the credential never goes over plain http to another machine", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.write({ "keywright.yaml": httpConfig("http://keys.example:4180", "env: STORE_TOKEN") });
  const { code, err } = await project.run(["plan"], { env: { STORE_TOKEN: "x" } });
  expect(code).toBe(1);
  expect(err).toMatch(
    /keywright\.yaml:5:\d+ +error CONFIG_URL +plain http is only for the loopback interface/,
  );
  expect(err).toContain("hint: use https");
});

test("a server killed during an apply: every change has an outcome, and the next apply converges", async () => {
  const { project, server } = await servedProject(manyKeys(24));
  // Two keys at a time: the server dies before the end, however busy the machine is.
  await project.write({ "keywright.yaml": `${httpConfig(server.url, BY_FILE)}concurrency: 2\n` });
  let isKilled = false;
  const broken = await project.run(["apply", "--yes"], {
    onErr: (text) => {
      if (isKilled || text.split(": applied").length <= 3) return;
      isKilled = true;
      server.kill("SIGKILL");
    },
  });
  expect(broken.code).toBe(4);
  await server.ended;
  const shown = await project.run(["runs", "show", "--format", "json"]);
  const record = JSON.parse(shown.out) as {
    result: string;
    changes: { outcome: string; error?: { code: string } }[];
  };
  expect(record.result).toBe("partly-applied");
  expect(record.changes).toHaveLength(24);
  const codes = new Set(record.changes.flatMap(({ error }) => error?.code ?? []));
  expect(
    [...codes].filter((code) => code !== "STORE_UNREACHABLE" && code !== "STORE_OUTCOME_UNKNOWN"),
  ).toEqual([]);
  expect(await leaksOf(project)).toEqual([]);

  await startServer(project, server.port);
  const again = await project.run(["apply", "--yes"]);
  expect(again.code, again.err).toBe(0);
  const found = await standings(project);
  expect(found.size).toBe(24);
  for (const standing of found.values()) expect(standing).toEqual(GOOD);
  expect(await project.pending()).toEqual([]);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await leaksOf(project)).toEqual([]);
});

test("a second server on the same port, and one for strangers without TLS, are refused", async () => {
  const project = await createProject();
  const server = await startServer(project);
  const taken = await project.run(["serve", "--port", String(server.port), "-d", ".keywright/other"]);
  expect(taken.code).toBe(1);
  expect(taken.err).toContain(
    `SERVER_FAILED  The server cannot listen on 127.0.0.1:${server.port} (EADDRINUSE)`,
  );
  const exposed = await project.run(["serve", "--host", "0.0.0.0"]);
  expect(exposed.code).toBe(1);
  expect(exposed.err).toContain("--allow-plain-http");
  for (const port of ["http", "", "0x50", "-1", "65536"]) {
    expect(await project.run(["serve", "--port", port])).toMatchObject({ code: 1 });
  }
});
