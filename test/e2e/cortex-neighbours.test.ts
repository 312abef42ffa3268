/** What lies beside the keys of a Cortex workspace, through the command line against the façade: secrets and the IP allowlist. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aKeyManifest, createProject, type Project } from "./project.fixture.ts";
import { cortexConfig, type Server, startServer } from "./server.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";
const VALUE = "partner-value-2c9e71d04ab8";

interface Bench {
  readonly project: Project;
  readonly server: Server;
  /** A request to the store, as a person with the same token sends it. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;
}

async function cortexBench(files: Readonly<Record<string, string>>): Promise<Bench> {
  const project = await createProject(files);
  const server = await startServer(project);
  const token = await server.token();
  project.watch(token);
  project.watch(VALUE);
  const sink = `  cortex: { driver: cortex-secret, url: "${server.url}", credential: { file: ${TOKEN_FILE} }, tags: ["scanner_*"] }`;
  const config = cortexConfig(server.url, `file: ${TOKEN_FILE}`);
  await project.write({ "keywright.yaml": config.replace(/^sinks:\n/m, `sinks:\n${sink}\n`) });
  const ask: Bench["ask"] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${server.url}${path}`, { method, headers, ...sent });
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  };
  return { project, server, ask };
}

const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE));

test("a minted key lands in a Cortex secret, and so does the one that replaces it", async () => {
  const manifest = aKeyManifest("scanner").replace(
    /deliverTo:[\s\S]*$/,
    "deliverTo:\n    - { sink: cortex, tag: scanner_token }\n",
  );
  const { project, ask } = await cortexBench({ "keys/scanner.yaml": manifest });
  const applied = await project.run(["apply", "--yes"]);
  expect(applied).toMatchObject({ code: 0 });
  expect(await ask("GET", "/v1/secrets/scanner_token")).toMatchObject({ name: "scanner", version: 1 });
  await project.write({ "keys/scanner.yaml": manifest.replace("READ_ONLY", "USER") });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await ask("GET", "/v1/secrets/scanner_token")).toMatchObject({ version: 2 });
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  await project.write({ "keys/scanner.yaml": manifest.replace("scanner_token", "other") });
  const refused = await project.run(["validate"]);
  expect(refused.code).toBe(1);
  expect(refused.err + refused.out).toContain('sink cortex does not allow the tag "other"');
  expect(await leaksOf(project)).toEqual([]);
});

/** As a person puts a value into a file sink: for its owner alone. */
async function putByHand({ directory }: Project): Promise<void> {
  const folder = join(directory, ".keywright/secrets/partner");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "token"), VALUE, { mode: 0o600 });
}

const secretManifest = (displayName: string): string =>
  `apiVersion: keywright/v1\nkind: Secret\nmetadata: { name: partner-token }\nspec:\n  displayName: ${displayName}\n  valueFrom: { sink: local, path: partner/token }\n`;

test("a value from a file becomes a secret of the store; its name drifts and is mended; it goes with its manifest", async () => {
  const { project, ask } = await cortexBench({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/partner.yaml": secretManifest("Partner"),
  });
  const empty = await project.run(["plan"]);
  expect(empty.out).toContain("SECRET_SOURCE_EMPTY");
  await putByHand(project);
  const applied = await project.run(["apply", "--yes"]);
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.out).toContain("create partner-token");
  expect(await ask("GET", "/v1/secrets/partner_token")).toMatchObject({ name: "Partner", version: 1 });
  await ask("PUT", "/api/v1/secrets/partner_token", { name: "Renamed by hand" });
  const drifted = await project.run(["plan", "--exit-code"]);
  expect(drifted.code).toBe(2);
  expect(drifted.out).toContain("displayName");
  expect(drifted.out).not.toContain("value:");
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await ask("GET", "/v1/secrets/partner_token")).toMatchObject({ name: "Partner", version: 3 });
  await project.write({ "keys/partner.yaml": null });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await ask("GET", "/v1/secrets/partner_token")).toMatchObject({ status: 404 });
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  expect(await leaksOf(project)).toEqual([]);
});

const allowlistManifest = (entries: string): string =>
  `apiVersion: keywright/v1\nkind: IpAllowlist\nmetadata: { name: offices }\nspec: { entries: [${entries}] }\n`;

const entriesOf = async ({ ask }: Bench): Promise<unknown> =>
  (await ask("GET", "/v1/ip-allowlist"))["entries"];

test("an IP allowlist that could lock us out is refused until it holds our own address; an empty one needs a word", async () => {
  const bench = await cortexBench({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/allowlist.yaml": allowlistManifest("{ address: 192.0.2.0/24, description: Office }"),
  });
  const { project } = bench;
  const unknown = await project.run(["apply", "--yes"]);
  expect(unknown.code).toBe(3);
  expect(unknown.out + unknown.err).toContain("guards.ownAddress");
  const config = await project.read("keywright.yaml");
  await project.write({ "keywright.yaml": `${config}guards: { ownAddress: [127.0.0.1] }\n` });
  const outside = await project.run(["apply", "--yes"]);
  expect(outside.code).toBe(3);
  expect(outside.out + outside.err).toContain("no entry that holds 127.0.0.1");
  expect(await entriesOf(bench)).toEqual([]);
  await project.write({
    "keys/allowlist.yaml": allowlistManifest(
      "{ address: 192.0.2.0/24, description: Office }, { address: 127.0.0.0/8 }",
    ),
  });
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect(await entriesOf(bench)).toMatchObject([
    { address: "127.0.0.0/8", description: "" },
    { address: "192.0.2.0/24", description: "Office" },
  ]);
  await project.write({ "keys/allowlist.yaml": allowlistManifest("") });
  const emptied = await project.run(["apply", "--yes"]);
  expect(emptied.code).toBe(3);
  expect(emptied.out + emptied.err).toContain("--allow ip-allowlist");
  expect(await project.run(["apply", "--yes", "--allow", "ip-allowlist"])).toMatchObject({ code: 0 });
  expect(await entriesOf(bench)).toEqual([]);
});

test("a wrong own address is caught by the store: it refuses a list without the caller, and nothing is forced", async () => {
  const bench = await cortexBench({
    "keys/scanner.yaml": aKeyManifest("scanner"),
    "keys/allowlist.yaml": allowlistManifest("{ address: 192.0.2.0/24 }"),
  });
  const { project } = bench;
  const config = await project.read("keywright.yaml");
  await project.write({ "keywright.yaml": `${config}guards: { ownAddress: [192.0.2.7] }\n` });
  const applied = await project.run(["apply", "--yes"]);
  expect(applied.code).toBe(4);
  expect(applied.out + applied.err).toContain("127.0.0.1");
  expect(await entriesOf(bench)).toEqual([]);
});
