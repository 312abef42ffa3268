/** The sink `vault` through the command line, against a server that enforces what Vault does, with the embedded key store. */

import { beforeEach, expect, onTestFinished, test } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { startGithubIssuer } from "../peers/github-issuer.fixture.ts";
import { sinkPolicy, startVault, type VaultServer } from "../peers/vault-server.fixture.ts";
import { aKeyManifest, CONFIG, createProject, type Project } from "./project.fixture.ts";
import { liveKeys, withStore } from "./store.fixture.ts";

const NEIGHBOUR = "value-of-a-neighbour-81c4f7";

let vault: VaultServer;

beforeEach(async () => {
  vault = await startVault();
  vault.namespace().access.policies.set("sink", sinkPolicy("kv", "ci/*"));
  return async () => {
    vault.refuseFaults();
    await vault.close();
  };
});

const configWith = (auth: string): string =>
  CONFIG.replace(
    /^sinks:\n/m,
    `sinks:\n  vault: { driver: vault, address: "${vault.url}", mount: kv, paths: ["ci/*"], auth: ${auth} }\n`,
  );

const manifest = (name: string, field: string, role = "READ_ONLY"): string =>
  aKeyManifest(name, `roles: [${role}]`).replace(
    /deliverTo:[\s\S]*$/,
    `deliverTo: [{ sink: vault, path: ci/shared, field: ${field} }]\n`,
  );

const content = (): Readonly<Record<string, string>> =>
  vault.content("ci/shared") as Readonly<Record<string, string>>;

/** Whose keys the values are, to the store. */
const ownersOf = (project: Project, ...values: readonly (string | undefined)[]) =>
  withStore(project, async (store) => {
    const names = new Map<string | undefined, string | undefined>();
    for await (const key of store.list("ApiKey")) names.set(key.id, key.marker?.name);
    const owners: (string | undefined)[] = [];
    for (const value of values) {
      const answer = await store.verify(Secret.of(value ?? ""));
      owners.push(answer.valid ? names.get(answer.id) : undefined);
    }
    return owners;
  });

async function projectWithToken(): Promise<{
  readonly project: Project;
  readonly env: Record<string, string>;
}> {
  const token = vault.namespace().access.issue(["default", "sink"]).id;
  const project = await createProject({
    "keywright.yaml": configWith("{ token: { env: VAULT_TOKEN } }"),
    "keys/scanner.yaml": manifest("scanner", "SCANNER_TOKEN"),
    "keys/reader.yaml": manifest("reader", "READER_TOKEN"),
  });
  for (const secret of [token, NEIGHBOUR]) project.watch(secret);
  return { project, env: { VAULT_TOKEN: token } };
}

test("two keys land in fields of one secret, are rotated and removed there, and their neighbour stays", async () => {
  const { project, env } = await projectWithToken();
  const run = (...args: readonly string[]) => project.run(args, { env });
  vault.namespace().mounts.get("kv")?.engine.write("ci/shared", { NEIGHBOUR }, undefined);
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  const first = content();
  for (const value of Object.values(first)) project.watch(value);
  expect(Object.keys(first).toSorted()).toEqual(["NEIGHBOUR", "READER_TOKEN", "SCANNER_TOKEN"]);
  expect(await ownersOf(project, first["SCANNER_TOKEN"], first["READER_TOKEN"])).toEqual([
    "scanner",
    "reader",
  ]);

  await project.write({ "keys/scanner.yaml": manifest("scanner", "SCANNER_TOKEN", "USER") });
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  const second = content();
  project.watch(second["SCANNER_TOKEN"] ?? "");
  expect(second).toMatchObject({ NEIGHBOUR, READER_TOKEN: first["READER_TOKEN"] });
  expect(second["SCANNER_TOKEN"]).not.toBe(first["SCANNER_TOKEN"]);
  expect(await ownersOf(project, second["SCANNER_TOKEN"])).toEqual(["scanner"]);
  expect(await run("plan", "--exit-code")).toMatchObject({ code: 0 });

  await project.write({ "keys/scanner.yaml": null });
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  expect(content()).toEqual({ NEIGHBOUR, READER_TOKEN: first["READER_TOKEN"] });
  expect(await ownersOf(project, second["SCANNER_TOKEN"])).toEqual([undefined]);
  expect([...(vault.namespace().mounts.get("kv")?.engine.secrets.keys() ?? [])]).toEqual(["ci/shared"]);
  expect(await project.leaks()).toEqual([]);
});

test("an apply that dies with its value pending is taken up: the same key, and nothing left behind", async () => {
  const { project, env } = await projectWithToken();
  await project.write({ "keys/reader.yaml": null });
  let child: { kill(signal: NodeJS.Signals): boolean } | undefined;
  vault.strike({
    method: "POST",
    path: /\/data\/ci\/shared$/,
    answer: () => {
      child?.kill("SIGKILL");
      return { status: 503 };
    },
  });
  const died = await project.run(["apply", "--yes"], { env, onStart: (started) => (child = started) });
  expect(died.signal).toBe("SIGKILL");
  const engine = vault.namespace().mounts.get("kv")?.engine;
  const pending = vault.content(".keywright-pending/ci/shared/SCANNER_TOKEN") as { readonly value: string };
  project.watch(pending.value);
  expect(vault.content("ci/shared")).toBeUndefined();
  expect(await project.run(["apply", "--yes"], { env })).toMatchObject({ code: 0 });
  expect(content()).toEqual({ SCANNER_TOKEN: pending.value });
  expect(await ownersOf(project, pending.value)).toEqual(["scanner"]);
  expect(await liveKeys(project)).toHaveLength(1);
  expect([...(engine?.secrets.keys() ?? [])]).toEqual(["ci/shared"]);
  expect(await project.leaks()).toEqual([]);
});

test("a slot outside the allowed paths is refused at its line, and a token without rights before a key is minted", async () => {
  const { project, env } = await projectWithToken();
  const elsewhere = manifest("scanner", "SCANNER_TOKEN").replace("ci/shared", "prod/db");
  await project.write({ "keys/scanner.yaml": elsewhere });
  const refused = await project.run(["validate"], { env });
  expect(refused.code).toBe(1);
  expect(refused.err + refused.out).toContain('sink vault does not allow the path "prod/db"');
  await project.write({ "keys/scanner.yaml": manifest("scanner", "SCANNER_TOKEN") });
  vault.namespace().access.policies.set("sink", { "kv/data/ci/*": ["read"] });
  const failed = await project.run(["apply", "--yes"], { env });
  expect(failed.code).not.toBe(0);
  expect(failed.out + failed.err).toContain("The token may not create, update kv/data/ci/shared");
  expect(await liveKeys(project)).toEqual([]);
  const nobody = await project.run(["plan"]);
  expect(nobody.err).toContain("CREDENTIAL_MISSING");
  expect(await project.leaks()).toEqual([]);
});

test("a job of GitHub Actions needs no secret: its OIDC token opens Vault, and no output has either token", async () => {
  const issuer = await startGithubIssuer(() => new Date(), { repository: "acme/keys" });
  onTestFinished(() => issuer.close());
  const { access } = vault.namespace();
  access.issuer = issuer.publicKey;
  const claims = { repository: "acme/keys" };
  access.jwtRoles.set("keywright", { audience: vault.url, claims, policies: ["sink"], ttlSeconds: 900 });
  const auth = `{ jwt: { role: keywright, githubActions: { audience: "${vault.url}" } } }`;
  const project = await createProject({
    "keywright.yaml": configWith(auth),
    "keys/scanner.yaml": manifest("scanner", "SCANNER_TOKEN"),
  });
  project.watch(issuer.requestToken);
  const outside = await project.run(["apply", "--yes"]);
  expect(outside.code).toBe(1);
  expect(outside.err).toContain("id-token: write");
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken,
  };
  expect(await project.run(["apply", "--yes"], { env })).toMatchObject({ code: 0 });
  expect(await ownersOf(project, content()["SCANNER_TOKEN"])).toEqual(["scanner"]);
  for (const { token } of vault.seen) if (token !== undefined) project.watch(token);
  for (const jwt of issuer.given) project.watch(jwt.split(".").at(-1)?.replaceAll("_", "-") ?? "");
  expect(await project.leaks()).toEqual([]);
});
