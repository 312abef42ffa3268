/** From a store that people filled to keys that are declared, adopted, and at last in our custody. */

import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareText } from "../../src/core/issue.ts";
import { createKey, keyDigest, last4Of } from "../../src/core/key-format.ts";
import { CONFIG, createProject, type Project } from "./project.fixture.ts";
import { cortexConfig, type Server, startServer } from "./server.fixture.ts";
import { liveKeys } from "./store.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";

interface Store {
  readonly project: Project;
  readonly server: Server;
  /** The administrator's own key, which every command runs with. */
  readonly ownKeyId: string;
  readonly token: string;
}

/** A server with nothing of ours in it. */
async function aStore(): Promise<Store> {
  const project = await createProject();
  const server = await startServer(project);
  const token = await server.token();
  project.watch(token);
  const { caller } = (await (await ask(server.url, token, "GET", "/v1/store")).json()) as {
    readonly caller: { readonly id: string };
  };
  return { project, server, token, ownKeyId: caller.id };
}

const ask = (url: string, token: string, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { "content-type": "application/json", "idempotency-key": randomBytes(8).toString("hex") }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });

interface MadeKey {
  readonly id: string;
  readonly secret: string;
}

/** As a person makes one: its value is nowhere in the project. */
async function makeKey({ project, server, token }: Store, about: object): Promise<MadeKey> {
  const secret = createKey({ prefix: "kw", environment: "live" }, { bytes: (n) => randomBytes(n) });
  const roles = [{ type: "default", role: "READ_ONLY" }];
  const body = { roles, ...about, digest: keyDigest(secret), last4: last4Of(secret) };
  const created = await ask(server.url, token, "POST", "/v1/keys", body);
  if (created.status !== 201)
    throw new Error(`the store answered ${created.status}: ${await created.text()}`);
  const { id } = (await created.json()) as { readonly id: string };
  await ask(server.url, token, "POST", `/v1/keys/${id}/activate`);
  project.watch(secret.reveal());
  return { id, secret: secret.reveal() };
}

async function makeRole({ server, token }: Store, tag: string): Promise<void> {
  const body = { displayName: tag, description: "", permissions: ["View audit logs"] };
  const made = await ask(server.url, token, "PUT", `/v1/roles/${tag}`, body);
  if (!made.ok) throw new Error(`the store answered ${made.status}: ${await made.text()}`);
}

async function isLetIn({ server, token }: Store, key: string): Promise<boolean> {
  const answer = await ask(server.url, token, "POST", "/v1/verify", { key });
  return ((await answer.json()) as { readonly valid: boolean }).valid;
}

/** The project works on the files of the server, which has ended. */
async function onEmbedded({ project, server }: Store): Promise<void> {
  server.kill("SIGTERM");
  await server.ended.catch(() => undefined);
  await project.write({ "keywright.yaml": CONFIG });
}

/** The project asks the server by the API of Cortex, which has ids of its own; gives that of the key it runs with. */
async function onCortex({ project, server, token }: Store): Promise<string> {
  const { apiKeys } = (await (
    await ask(server.url, token, "GET", "/api/v1/auth/key?pageSize=100&page=0")
  ).json()) as { readonly apiKeys: readonly { readonly cid: string; readonly last4: string }[] };
  const own = apiKeys.find(({ last4 }) => token.endsWith(last4))?.cid ?? "";
  await project.write({
    "keywright.yaml": `${cortexConfig(server.url, `file: ${TOKEN_FILE}`)}guards: { ownKey: { id: ${own} } }\n`,
  });
  return own;
}

const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE));

const filesUnder = async ({ directory }: Project, path: string): Promise<readonly string[]> =>
  (await readdir(join(directory, path), { recursive: true }).catch(() => [])).toSorted(compareText);

const adoptsOf = (out: string): readonly string[] =>
  [...out.matchAll(/^ {2}\S (\w+) ([\w-]+)/gm)].map(([, action, name]) => `${action} ${name}`);

/** Import, validate, plan, apply, plan: nothing but adoptions, then nothing. */
async function adoptAll(project: Project, names: readonly string[]): Promise<void> {
  expect(await project.run(["import"])).toMatchObject({ code: 0 });
  expect(await project.run(["validate"])).toMatchObject({ code: 0 });
  const plan = await project.run(["plan", "--exit-code"]);
  expect(plan.code).toBe(2);
  expect(adoptsOf(plan.out)).toEqual(names.map((name) => `adopt ${name}`));
  expect(plan.out).toContain(`${names.length} to adopt, 0 to rotate, 0 to update, 0 to revoke`);
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const settled = await project.run(["plan", "--exit-code"]);
  expect(settled).toMatchObject({ code: 0 });
  expect(settled.out).not.toMatch(/NOT_MANAGEABLE|CUSTODY|blocked/);
  expect(await project.run(["drift"])).toMatchObject({ code: 0, out: expect.stringContaining("No drift.") });
}

/** The short way to the same. */
async function adopt(project: Project): Promise<void> {
  expect(await project.run(["import"])).toMatchObject({ code: 0 });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
}

test("on the embedded store: what was there is imported, adopted as it is, and settled", async () => {
  const store = await aStore();
  const { project } = store;
  await makeRole(store, "catalog_editor");
  const custom = [{ type: "custom", tag: "catalog_editor" }];
  await makeKey(store, { name: "Nightly scan (prod)", owner: "payments", labels: { team: "pay" } });
  await makeKey(store, { name: "Catalog sync", roles: custom, expiresAt: "2099-03-31T12:00:00.000Z" });
  await onEmbedded(store);
  await adoptAll(project, ["catalog-sync", "nightly-scan-prod"]);
  const keys = await liveKeys(project);
  expect(
    keys
      .map(({ displayName, marker }) => `${displayName}: ${marker?.name} ${marker?.generation}`)
      .toSorted(compareText),
  ).toEqual(["Catalog sync: catalog-sync 1", "Nightly scan (prod): nightly-scan-prod 1"]);
  expect(await project.read("keys/imported/role-catalog-editor.yaml")).toContain("external: true");
  const status = await project.run(["status"]);
  expect(status.out).toMatch(/nightly-scan-prod +adopted .*held elsewhere/);
  expect(await leaksOf(project)).toEqual([]);
});

test("on Cortex: roles that its API cannot give, custom roles, and the marker in the description", async () => {
  const store = await aStore();
  const { project } = store;
  await makeRole(store, "catalog-editor");
  const manager = await makeKey(store, { name: "Manager's", roles: [{ type: "default", role: "MANAGER" }] });
  await makeKey(store, {
    name: "Editor",
    description: "Edits: all #1\n--- [kw acme/x g1]",
    roles: [{ type: "custom", tag: "catalog-editor" }],
    expiresAt: "2099-03-31T12:00:00Z",
  });
  await onCortex(store);
  await adoptAll(project, ["editor", "manager-s"]);
  expect(await isLetIn(store, manager.secret)).toBe(true);
  expect(await leaksOf(project)).toEqual([]);
});

test("custody: a successor in the sink, the old key valid beside it, and `adopt` done with", async () => {
  const store = await aStore();
  const { project } = store;
  const old = await makeKey(store, { name: "Scanner", expiresAt: "2099-03-31T12:00:00Z" });
  await onCortex(store);
  await adopt(project);
  const take = ["take-custody", "scanner", "--reason", "moving to CI", "--yes"];
  const early = await project.run(take);
  expect(early).toMatchObject({ code: 1 });
  expect(early.err).toContain("scanner declares no deliverTo");
  expect(early.err).toContain("keys/imported/scanner.yaml:6");
  const rotated = await project.run(["rotate", "scanner", "--reason", "x", "--yes"]);
  expect(rotated.err).toContain("keywright take-custody scanner");
  const manifest = await project.read("keys/imported/scanner.yaml");
  const withSink = manifest.replace("  adopt:", "  deliverTo: [{ sink: local, path: ci/scanner }]\n  adopt:");
  await project.write({ "keys/imported/scanner.yaml": withSink });
  const waiting = await project.run(["apply", "--yes"]);
  expect(waiting).toMatchObject({ code: 0 });
  expect(waiting.out).toContain("CUSTODY_ELSEWHERE");
  expect((await project.secrets()).size).toBe(0);
  const taken = await project.run(take);
  expect(taken).toMatchObject({ code: 0 });
  expect(taken.out).toContain("elsewhere: whoever holds the old key's value");
  const value = (await project.secrets()).get("ci/scanner") ?? "";
  expect(await isLetIn(store, value)).toBe(true);
  expect(await isLetIn(store, old.secret)).toBe(true);
  const after = await project.run(["plan", "--exit-code"]);
  expect(after.code).toBe(0);
  expect(after.out).toContain("CUSTODY_TAKEN");
  await project.write({ "keys/imported/scanner.yaml": withSink.replace(/ {2}adopt:.*\n/, "") });
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await leaksOf(project)).toEqual([]);
});

test("an import reads: the store, the sinks and the ledger are as before", async () => {
  const store = await aStore();
  const { project, server, token } = store;
  await makeKey(store, { name: "Scanner" });
  await onCortex(store);
  const listing = async (): Promise<string> =>
    (await ask(server.url, token, "GET", "/api/v1/auth/key?pageSize=100&page=0")).text();
  const before = [await listing(), await filesUnder(project, ".keywright/ledger"), await project.secrets()];
  for (const args of [
    ["import", "--dry-run"],
    ["import", "--stdout"],
  ]) {
    expect(await project.run(args)).toMatchObject({ code: 0 });
    expect(await filesUnder(project, "keys")).toEqual([]);
  }
  expect(await project.run(["import"])).toMatchObject({ code: 0 });
  expect(await filesUnder(project, "keys")).toEqual(["imported", "imported/scanner.yaml"]);
  const [keys, ledger, secrets] = before;
  expect(await listing()).toBe(keys);
  expect(await filesUnder(project, ".keywright/ledger")).toEqual(ledger);
  expect(await project.secrets()).toEqual(secrets);
});

test("an import overwrites nothing, and says so", async () => {
  const store = await aStore();
  const { project } = store;
  await makeKey(store, { name: "Scanner" });
  await makeKey(store, { name: "Other" });
  await onEmbedded(store);
  await project.write({ "elsewhere/scanner.yaml": "mine\n" });
  const some = await project.run(["import", "elsewhere"]);
  expect(some.code).toBe(4);
  expect(some.out).toContain("kept (it was there before)  elsewhere/scanner.yaml");
  expect(some.out).toContain("no pattern of `manifests` in the configuration finds elsewhere/");
  expect(await project.read("elsewhere/scanner.yaml")).toBe("mine\n");
  expect(await project.run(["import", "elsewhere"])).toMatchObject({ code: 1 });
});

test("for machines and for pipes: what was written, what was left out, and the manifests themselves", async () => {
  const store = await aStore();
  const { project, ownKeyId } = store;
  const { id } = await makeKey(store, { name: "::error::Scanner" });
  await makeKey(store, { name: "Other" });
  await onEmbedded(store);
  const json = await project.run(["import", "--dry-run", "--only", "*Scanner", "-f", "json"]);
  expect(JSON.parse(json.out)).toMatchObject({
    directory: "keys/imported",
    files: [
      {
        kind: "ApiKey",
        name: "error-scanner",
        outcome: "planned",
        id,
        displayName: "::error::Scanner",
        altered: [],
      },
    ],
    skipped: [],
  });
  const all = await project.run(["import", "-f", "json", "--group", "owner"]);
  expect(JSON.parse(all.out)).toMatchObject({
    files: [
      { path: "keys/imported/unowned/other.yaml" },
      { path: "keys/imported/unowned/error-scanner.yaml" },
    ].toReversed(),
    skipped: [{ id: ownKeyId, why: "Keywright itself runs with it" }],
  });
  await project.write({
    "keys/imported/unowned/other.yaml": null,
    "keys/imported/unowned/error-scanner.yaml": null,
  });
  const printed = await project.run(["import", "--stdout"], { env: { GITHUB_ACTIONS: "true" } });
  expect(printed.out.match(/^kind: ApiKey$/gm)).toHaveLength(2);
  expect(printed.out).not.toMatch(/^\s*::/m);
  await project.write({ "keys/all.yaml": printed.out });
  expect(await project.run(["validate"])).toMatchObject({ code: 0 });
  const both = await project.run(["import", "--stdout", "-f", "json"]);
  expect(both.err).toContain("USAGE");
});

test("G7: the key that Keywright runs with is left out of an import, and no manifest adopts it", async () => {
  const store = await aStore();
  const { project, server } = store;
  await makeKey(store, { name: "Scanner" });
  await project.write({ "keywright.yaml": cortexConfig(server.url, `file: ${TOKEN_FILE}`) });
  const blind = await project.run(["import", "--dry-run"]);
  const piped = await project.run(["import", "--stdout"]);
  const ownKeyId = await onCortex(store);
  expect(blind.out).toContain("Keywright itself runs with it");
  expect(blind.out).toContain(`guards: { ownKey: { id: ${ownKeyId} } }`);
  expect(blind.out).not.toContain("Next: look at them");
  expect(piped).toMatchObject({ code: 0, out: expect.not.stringContaining(ownKeyId) });
  expect(piped.err).toContain("Keywright itself runs with it");
  expect(piped.err).toContain(`guards: { ownKey: { id: ${ownKeyId} } }`);
  const unmet = await project.run(["import", "--only", "nobody*"]);
  expect(unmet.out).toContain("--only nobody* meets none of 2 keys");
  const seeing = await project.run(["import"]);
  expect(seeing.out).toContain(`${ownKeyId} (…`);
  expect(seeing.out).toContain("Keywright itself runs with it");
  const manifest = (await project.read("keys/imported/scanner.yaml")).replace(
    /id: .*? \}/,
    `id: ${ownKeyId} }`,
  );
  await project.write({ "keys/imported/scanner.yaml": manifest });
  const refused = await project.run(["apply", "--yes", "--allow", "scanner"]);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.err).toContain("own-key");
});

test("taking an adopted key's manifest away says who loses the key", async () => {
  const store = await aStore();
  const { project } = store;
  const { secret } = await makeKey(store, { name: "Scanner" });
  await makeKey(store, { name: "Other" });
  await onCortex(store);
  await adopt(project);
  await project.write({ "keys/imported/scanner.yaml": null });
  const plan = await project.run(["plan"]);
  expect(plan.out).toContain("HELD_ELSEWHERE scanner");
  expect(plan.out).toContain("whoever holds its value elsewhere loses access");
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await isLetIn(store, secret)).toBe(false);
});
