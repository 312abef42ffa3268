/** Secrets of GitHub's as a sink, through the command line: what the server opens authenticates against the key store. */

import { generateKeyPairSync } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import type { Access } from "../peers/github-accounts.fixture.ts";
import { type GitHubServer, startGitHubServer } from "../peers/github-server.fixture.ts";
import { CONFIG, createProject, type Project, type Result } from "./project.fixture.ts";
import { liveKeys, withStore } from "./store.fixture.ts";

const TOKEN = "github_pat_11AAAAAAA0cd4xq9RzT7bE";
const HOLDER = "/repos/acme/scanner/actions/secrets";
const WRITE: Access = {
  type: "personal",
  permissions: { secrets: "write", environments: "write", organization_secrets: "write" },
};

interface Bench {
  readonly project: Project;
  readonly server: GitHubServer;
  /** Lets GitHub's clock go on, so that the next write falls into another second. */
  readonly later: () => void;
  readonly run: (...args: readonly string[]) => Promise<Result>;
}

/** What the command line gets in its environment. */
type Environment = Readonly<Record<string, string>>;

const aManifest = (slots: readonly string[], role = "READ_ONLY"): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: scanner }
spec:
  roles: [${role}]
  expires: { after: 90d }
  deliverTo:
${slots.map((slot) => `    - { sink: github, ${slot} }\n`).join("")}`;

const SLOTS = [
  "repository: acme/scanner, secret: CORTEX_TOKEN",
  "repository: acme/scanner, environment: production, secret: CORTEX_TOKEN",
  "organization: acme, secret: CORTEX_TOKEN",
];

/** `sink`: what its configuration has besides the address. */
async function bench(
  sink = "credential: { env: SINK_TOKEN }",
  access = WRITE,
  env: Environment = { SINK_TOKEN: TOKEN },
): Promise<Bench> {
  let offsetMs = 0;
  const clock = { now: () => new Date(Date.now() + offsetMs) };
  const server = await startGitHubServer({ clock, prefix: "/api/v3" });
  onTestFinished(() => server.close());
  server.accounts.addRepository("acme/scanner", ["production"]);
  server.accounts.organizations.add("acme");
  server.accounts.tokens.set(TOKEN, access);
  const project = await createProject({ "keys/scanner.yaml": aManifest(SLOTS) });
  const entry = `  github: { driver: github-actions, url: "${server.url}", repositories: ["acme/*"], organizations: [acme], ${sink} }`;
  await project.write({ "keywright.yaml": CONFIG.replace(/^sinks:\n/m, `sinks:\n${entry}\n`) });
  const run = async (...args: readonly string[]): Promise<Result> => {
    const result = await project.run(args, { env });
    for (const { value } of heldBy(server)) project.watch(value);
    for (const token of server.accounts.tokens.keys()) project.watch(token);
    return result;
  };
  const later = (): void => void (offsetMs += 60_000);
  return { project, server, later, run };
}

/** What the server has opened of the key's three slots. */
const heldBy = ({ secrets }: GitHubServer): readonly { readonly value: string; readonly holder: string }[] =>
  [HOLDER, "/repos/acme/scanner/environments/production/secrets", "/orgs/acme/actions/secrets"].flatMap(
    (holder) => {
      const found = secrets.find(holder, "CORTEX_TOKEN");
      return found ? [{ value: found.value, holder }] : [];
    },
  );

/** The one value that all three slots hold, which authenticates. */
async function servedValue({ project, server }: Bench): Promise<string> {
  const values = [...new Set(heldBy(server).map(({ value }) => value))];
  expect([heldBy(server).length, values.length]).toEqual([3, 1]);
  const [value = ""] = values;
  expect(await withStore(project, (store) => store.verify(Secret.of(value)))).toMatchObject({ valid: true });
  return value;
}

test("a key lands sealed in GitHub, is rotated there, and again when somebody writes over it by hand", async () => {
  const scene = await bench();
  const { project, server, later, run } = scene;
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  const first = await servedValue(scene);
  expect(await run("plan", "--exit-code")).toMatchObject({ code: 0 });

  later();
  await project.write({ "keys/scanner.yaml": aManifest(SLOTS, "USER") });
  expect(await run("apply", "--yes")).toMatchObject({ code: 0 });
  const second = await servedValue(scene);
  expect(second).not.toBe(first);

  later();
  server.secrets.store(HOLDER, "CORTEX_TOKEN", "by-hand-9c41f7e25ab8");
  later();
  const mended = await run("apply", "--yes");
  expect([mended.code, mended.out]).toEqual([0, expect.stringContaining("rotate scanner")]);
  expect(await servedValue(scene)).not.toBe(second);
  expect(await project.leaks()).toEqual([]);
});

test("S2: a GitHub App delivers with tokens of its own; neither they nor its key stand anywhere", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const env = { APP_KEY: pem.replaceAll("\n", "\\n") };
  const scene = await bench("app: { id: 4711, privateKey: { env: APP_KEY } }", WRITE, env);
  const { accounts } = scene.server;
  accounts.tokens.delete(TOKEN);
  const installations = new Map([["acme", { id: 31, access: { ...WRITE, type: "integration" as const } }]]);
  accounts.apps.set("4711", { id: "4711", publicKey, installations });
  for (const line of pem.split("\n").filter((each) => /^[\w+/]{40}/.test(each))) scene.project.watch(line);
  expect(await scene.run("apply", "--yes")).toMatchObject({ code: 0 });
  await servedValue(scene);
  expect([...accounts.tokens.keys()]).toEqual([expect.stringMatching(/^ghs_/)]);
  expect(await scene.project.leaks()).toEqual([]);
});

test("the GITHUB_TOKEN of a job is refused before a key is made for it", async () => {
  const scene = await bench("credential: { env: SINK_TOKEN }", { type: "workflow", permissions: {} });
  const applied = await scene.run("apply", "--yes");
  expect(applied.code).toBe(1);
  expect(applied.out + applied.err).toContain("GITHUB_TOKEN of a workflow can never write secrets");
  expect(await liveKeys(scene.project)).toEqual([]);
});
