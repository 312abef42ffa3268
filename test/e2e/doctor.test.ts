/** `keywright doctor` on projects of which one thing is not as it should be: that is told, and the rest is looked at all the same. */

import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHost } from "../../src/cli/a-host.fixture.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import type { Diagnosis } from "../../src/core/doctor.ts";
import { openFileLedger } from "../../src/ledger/file-ledger.ts";
import { validatorOf } from "../../src/schema.ts";
import { serve } from "../../src/server/serve.ts";
import {
  aKeyManifest,
  CONFIG,
  createProject,
  type Project,
  type Result,
  type RunOptions,
} from "./project.fixture.ts";
import { cortexConfig, httpConfig } from "./server.fixture.ts";

const CREDENTIAL = "env: STORE_TOKEN";
const DRIFT = '\ndrift: { schedule: "17 6 * * *" }\n';

interface Examined {
  readonly code: number | null;
  readonly diagnosis: Diagnosis;
  /** `area/name` → `status: message`. */
  readonly told: Readonly<Record<string, string>>;
}

/** As JSON, which must fit its schema; nothing that is secret is in it. */
async function examine(
  project: Project,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Examined> {
  const { code, out } = await run(project, ["doctor", "--format", "json", ...args], options);
  const diagnosis = JSON.parse(out) as Diagnosis;
  const validate = validatorOf("Diagnosis");
  expect(validate(diagnosis), JSON.stringify(validate.errors)).toBe(true);
  const told = diagnosis.checks.map(({ area, name, status, message, hint = "" }) => [
    `${area}/${name}`,
    `${status}: ${message} ${hint}`,
  ]);
  return { code, diagnosis, told: Object.fromEntries(told) as Record<string, string> };
}

/** In this process, unless something else is to start the command. */
async function run(
  project: Project,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Pick<Result, "code" | "out">> {
  if (options.through) return project.run(args, options);
  const host = aHost({ cwd: project.directory, env: options.env ?? {} });
  const code = await runCli(args, host);
  project.heard(host.printed.out + host.printed.err);
  return { code, out: host.printed.out };
}

interface Served {
  readonly project: Project;
  readonly url: string;
  /** The administrator's. */
  readonly token: string;
  /** A key by hand, by the native API; gives its value. */
  readonly make: (roles: readonly string[], expiresAt?: string) => Promise<string>;
}

/** A project, and a key store in this process. */
async function serveProject(): Promise<Served> {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const server = await serve({ directory: join(project.directory, ".keywright/server"), port: 0 });
  onTestFinished(() => server.close());
  const token = (await project.read(".keywright/server/admin-token")).trim();
  project.watch(token);
  return {
    project,
    url: server.url,
    token,
    make: async (roles, expiresAt) => {
      const body = {
        name: "reconciler",
        roles: roles.map((role) => ({ type: "default", role })),
        ...(expiresAt && { expiresAt }),
      };
      const answer = await fetch(`${server.url}/v1/keys`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": crypto.randomUUID(),
        },
        body: JSON.stringify(body),
      });
      const { secret } = (await answer.json()) as { readonly secret: string };
      project.watch(secret);
      return secret;
    },
  };
}

const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.includes("admin-token"));

const withToken = (token: string): RunOptions => ({ env: { STORE_TOKEN: token } });

/** Real TCP: whatever `listener` does with a request. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("what a plan refuses or leaves alone is told before anybody plans", async () => {
  const project = await createProject({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/reader.yaml": aKeyManifest("reader"),
  });
  const before = await examine(project);
  expect(before.told["plan/changes"]).toMatch(/^ok: 2 changes: 2 to create/);
  expect(await run(project, ["apply", "--yes"])).toMatchObject({ code: 0 });
  await project.write({
    "keywright.yaml": `${CONFIG}guards: { maxRevocations: 0 }\n`,
    "keys/reader.yaml": null,
  });
  const after = await examine(project);
  expect(after.code).toBe(1);
  expect(after.told["plan/changes"]).toMatch(/^failed: 1 change: 1 to revoke; refused by \d guard/);
  expect(after.told["plan/revocation-count"]).toMatch(/^failed: .*reader/s);
});

test("on a project where all is well, every check is told and none is a warning", async () => {
  const config = `${CONFIG}${DRIFT}`;
  const project = await createProject({
    "keywright.yaml": config,
    "keys/scanner.yaml": aKeyManifest("scanner"),
  });
  expect(await run(project, ["apply", "--yes"])).toMatchObject({ code: 0 });
  const { code, diagnosis, told } = await examine(project);
  expect(diagnosis).toMatchObject({ instance: "acme", result: "ok", counts: { warning: 0, failed: 0 } });
  expect(code).toBe(0);
  expect(told["ledger/last-run"]).toMatch(/^ok: \S+, less than a minute ago: applied/);
  const page = await readFile(new URL("../../docs/doctor.md", import.meta.url), "utf8");
  const names = diagnosis.checks.filter(({ area }) => area !== "sink").map(({ name }) => `\`${name}\``);
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
  const text = await run(project, ["doctor"]);
  expect(text.out).toMatch(
    /^✓ config {6}configuration {4}instance acme, store embedded, ledger file, 1 sink\n/,
  );
  expect(text.out).toMatch(/\n\n19 checks: 1 skipped\n$/);
  expect(await leaksOf(project)).toEqual([]);
});

test("without a configuration that is all that is told", async () => {
  const project = await createProject({ "keywright.yaml": "store: [" });
  const { code, told } = await examine(project);
  expect(code).toBe(1);
  expect(told["config/configuration"]).toMatch(
    /^failed: INPUT_INVALID: keywright.yaml is not valid `keywright validate` shows/,
  );
  expect(Object.keys(told)).toEqual(["config/configuration", "config/node"]);
});

test("a wrong credential is told, and sinks and ledger are looked at all the same", async () => {
  const { project, url, token } = await serveProject();
  await project.write({
    "keywright.yaml": httpConfig(url, CREDENTIAL),
    "keys/broken.yaml": "kind: ApiKey\n",
  });
  const wrong = `${token.slice(0, -6)}AAAAAA`;
  project.watch(wrong);
  const { code, told } = await examine(project, [], withToken(wrong));
  expect(code).toBe(1);
  expect(told).toMatchObject({
    "manifests/valid": expect.stringMatching(/^failed: \d errors?, 0 warnings .*keywright validate/),
    "store/reached": expect.stringMatching(/^ok: it answered in /),
    "credential/accepted": expect.stringMatching(/^failed: STORE_UNAUTHORIZED: /),
    "sink/local": expect.stringMatching(/^ok: values can be read back/),
    "ledger/chain": expect.stringMatching(/^ok: it is empty/),
  });
  const missing = await examine(project);
  expect(missing.told["credential/accepted"]).toMatch(
    /^failed: CREDENTIAL_MISSING: the environment variable STORE_TOKEN/,
  );
  expect(await leaksOf(project)).toEqual([]);
});

test("a store that cannot be reached fails alone, and one that never answers is not waited for", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.write({ "keywright.yaml": cortexConfig("http://127.0.0.1:9", CREDENTIAL) });
  const options = withToken("a-token-of-no-store");
  const closed = await examine(project, ["--limit", "2"], options);
  expect(closed.code).toBe(1);
  expect(closed.told["store/reached"]).toMatch(/^failed: STORE_UNREACHABLE: /);
  expect(closed.told["sink/local"]).toBe("ok: values can be read back; 1 slot can be written ");
  const hole = createTcpServer(() => undefined).listen(0, "127.0.0.1");
  await new Promise((done) => hole.once("listening", done));
  onTestFinished(() => void hole.close());
  const url = `http://127.0.0.1:${(hole.address() as AddressInfo).port}`;
  const config = cortexConfig(url, CREDENTIAL).replace(
    /^ledger: .*$/m,
    `ledger: { driver: git, remote: "${url.replace("http:", "https:")}/keys.git" }`,
  );
  await project.write({ "keywright.yaml": config });
  const silent = await project.run(["doctor", "--limit", "1"], options);
  expect(silent.code).toBe(1);
  expect(silent.out).toContain("reached          STORE_UNREACHABLE: no answer within 1 s\n");
  expect(silent.out).toContain("chain            LEDGER_UNUSABLE: no answer within 1 s\n");
});

const isRoot = process.getuid?.() === 0;
const canMount = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

test.skipIf(isRoot && !canMount)("a sink directory that cannot be written fails with its slots", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const sink = join(project.directory, ".keywright/secrets");
  await mkdir(sink, { recursive: true, mode: isRoot ? 0o700 : 0o500 });
  onTestFinished(() => chmod(sink, 0o700));
  const bind = `mount --bind ${sink} ${sink} && mount -o remount,bind,ro ${sink} && exec "$@"`;
  const through = isRoot ? { through: ["unshare", "--mount", "sh", "-c", bind, "sh"] } : {};
  const { code, told } = await examine(project, [], through);
  expect(code).toBe(1);
  expect(told["sink/local"]).toMatch(/^failed: values can be read back; 1 of 1 slot cannot be written/);
  expect(told["sink/local: path=ci/scanner"]).toMatch(/^failed: SINK_UNUSABLE: .*choose another directory/);
  expect(told["store/reached"]).toMatch(/^ok: /);
});

test("a ledger that an apply holds is told with its holder, and asking leaves it held", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const directory = join(project.directory, ".keywright/ledger");
  const ledger = openFileLedger({ directory, instance: "acme", clock: { now: () => new Date() } });
  onTestFinished(() => ledger.close());
  const lease = await ledger.lease({ run: "run-1", description: "ann@laptop pid 7" }, 0);
  const { code, told } = await examine(project);
  expect(code).toBe(0);
  expect(told["ledger/lease"]).toMatch(
    /^warning: an apply is under way: run run-1 \(ann@laptop pid 7\) since 20/,
  );
  expect(lease.lost.aborted).toBe(false);
  await ledger.append();
});

test("a key that expires in ten days is told with the day, and a clock that is an hour off with its size", async () => {
  const { project, url, make } = await serveProject();
  const expiresAt = new Date(Date.now() + 10 * 86_400_000 + 60_000).toISOString();
  const token = await make(["ADMIN"], expiresAt);
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization = "" } = request.headers;
    const answer = await fetch(`${url}${request.url}`, { headers: { authorization } });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    response.writeHead(answer.status, { "content-type": "application/json", date });
    response.end(await answer.text());
  };
  const proxy = await listen((request, response) => void pass(request, response));
  await project.write({ "keywright.yaml": httpConfig(proxy, CREDENTIAL) });
  const { code, told } = await examine(project, [], withToken(token));
  expect(code).toBe(1);
  expect(told["credential/expiry"]).toMatch(new RegExp(`^warning: it expires at ${expiresAt}, in 10 days`));
  expect(told["clock/skew"]).toMatch(/^failed: this machine's clock is 59 min behind the store's/);
  expect(await leaksOf(project)).toEqual([]);
});

test("Cortex: a credential with more rights than it takes is a warning, and the own key is named to be guarded", async () => {
  const { project, url, token } = await serveProject();
  await project.write({ "keywright.yaml": cortexConfig(url, CREDENTIAL) });
  const { code, told } = await examine(project, [], withToken(token));
  expect(code).toBe(0);
  expect(told["credential/least-privilege"]).toBe(
    'warning: more than the manifests ask for: role ADMIN enough would be: a custom role with "Edit API keys", and the roles of its keys: READ_ONLY',
  );
  const id = /guards: \{ ownKey: \{ id: (ak\w+) \} \}/.exec(told["credential/own-key"] ?? "")?.[1];
  await project.write({
    "keywright.yaml": `${cortexConfig(url, CREDENTIAL)}guards: { ownKey: { id: ${id} } }\n`,
  });
  expect((await examine(project, [], withToken(token))).told["credential/own-key"]).toBe(
    `ok: ${id} is never revoked: guards.ownKey names it `,
  );
  expect(await leaksOf(project)).toEqual([]);
});

test("Cortex: a credential with fewer rights than it takes fails, with what is missing", async () => {
  const { project, url, make } = await serveProject();
  await project.write({ "keywright.yaml": cortexConfig(url, CREDENTIAL) });
  const reader = await examine(project, [], withToken(await make(["READ_ONLY"])));
  expect(reader.code).toBe(1);
  expect(reader.told["credential/permissions"]).toMatch(/^failed: missing: Edit API keys/);
  expect(reader.told["store/listing"]).toMatch(/^skipped: the credential may not list keys/);
  await project.write({ "keys/scanner.yaml": aKeyManifest("scanner", "roles: [ADMIN]") });
  const manager = await examine(project, [], withToken(await make(["MANAGER"])));
  expect(manager.code).toBe(1);
  expect(manager.told["credential/permissions"]).toMatch(/^failed: missing: role ADMIN/);
  expect(await leaksOf(project)).toEqual([]);
});

test("S1: a store that says the credential back, in its data and in its refusals, is not quoted", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const token = "a-token-that-nobody-else-is-to-see-0001";
  project.watch(token);
  const key = {
    cid: `ak-${token}`,
    createdDate: "2026-11-21T00:00:00Z",
    last4: "0001",
    roles: [{ type: "DEFAULT", role: token }],
    expirationDate: "2026-11-22T00:00:00Z",
  };
  let isRefusing = false;
  const url = await listen((request, response) => {
    const refusal = { message: `not with ${request.headers.authorization}`, type: "FORBIDDEN" };
    const body = isRefusing ? refusal : { apiKeys: [key], page: 0, total: 1, totalPages: 1 };
    response
      .writeHead(isRefusing ? 400 : 200, { "content-type": "application/json" })
      .end(JSON.stringify(body));
  });
  await project.write({ "keywright.yaml": cortexConfig(url, CREDENTIAL) });
  const told = await examine(project, [], withToken(token));
  expect(told.told["credential/accepted"]).toContain(
    "it seems to be the key ak-[redacted], with the roles [redacted]",
  );
  isRefusing = true;
  const refused = await examine(project, [], withToken(token));
  expect(refused.told["store/reached"]).toContain("not with Bearer [redacted]");
  expect(await project.leaks()).toEqual([]);
});
