/** The main job with a store that makes the secrets itself, shows them once and does not say which key they belong to. */

import { expect, test } from "vitest";
import { aKeyManifest, createProject, type Project } from "./project.fixture.ts";
import { cortexConfig, type Server, startServer } from "./server.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";

async function cortexProject(): Promise<{ readonly project: Project; readonly server: Server }> {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  const server = await startServer(project);
  project.watch(await server.token());
  await project.write({ "keywright.yaml": cortexConfig(server.url, `file: ${TOKEN_FILE}`) });
  return { project, server };
}

async function isLetIn(server: Server, key: string): Promise<boolean> {
  const answer = await fetch(`${server.url}/v1/verify`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await server.token()}` },
    body: JSON.stringify({ key }),
  });
  return ((await answer.json()) as { readonly valid: boolean }).valid;
}

const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE));

test("the whole way through the Cortex API: minted, found by its marker, delivered, rotated by role, converged", async () => {
  const { project, server } = await cortexProject();
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const [first] = (await project.secrets()).values();
  expect(first).toMatch(/^kw_live_/);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  await project.write({
    "keys/scanner.yaml": aKeyManifest("scanner").replace("READ_ONLY", "USER"),
    "keys/sync.yaml": aKeyManifest("sync"),
  });
  const rotated = await project.run(["apply", "--yes"]);
  expect(rotated.code).toBe(0);
  expect(rotated.out).toContain("retires at");
  expect((await project.secrets()).size).toBe(2);
  expect([...(await project.secrets()).values()]).not.toContain(first);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });
  for (const value of (await project.secrets()).values()) expect(await isLetIn(server, value)).toBe(true);
  expect(await leaksOf(project)).toEqual([]);
});

test("roles and a security policy are told as declared and not manageable there", async () => {
  const { project } = await cortexProject();
  const policy = "apiVersion: keywright/v1\nkind: SecurityPolicy\nmetadata: { name: policy }\n";
  await project.write({
    "keys/policy.yaml": `${policy}spec: { requireExpiration: true, maxLifetimeDays: 365 }\n`,
  });
  const plan = await project.run(["plan"]);
  expect(plan.code).toBe(0);
  expect(plan.out).toContain("a security policy declared, not manageable in this store");
});

test("a credential that Cortex does not accept is told with what to do", async () => {
  const { project, server } = await cortexProject();
  await project.write({ "keywright.yaml": cortexConfig(server.url, "env: CORTEX_API_KEY") });
  const refused = await project.run(["plan"], { env: { CORTEX_API_KEY: "nothing-that-it-knows" } });
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("STORE_UNAUTHORIZED  Cortex does not accept the credential");
  expect(refused.err).not.toContain("nothing-that-it-knows");
});
