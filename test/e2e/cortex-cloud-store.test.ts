/** The main job on Cortex Cloud: a credential of two parts, roles in place, compulsory expiry. */

import { expect, test } from "vitest";
import { aKeyManifest, createProject, type Project } from "./project.fixture.ts";
import { cortexCloudConfig, type Server, startServer } from "./server.fixture.ts";

const TOKEN_FILE = ".keywright/store/admin-token";

const manifest = (role: string, lifetime = "90d"): string =>
  aKeyManifest("scanner", `description: Used by the scanner.\nroles: [{ name: ${role} }]`).replace(
    "90d",
    lifetime,
  );

async function tenantProject(): Promise<{ readonly project: Project; readonly server: Server }> {
  const project = await createProject({ "keys/scanner.yaml": manifest("Viewer") });
  const server = await startServer(project);
  project.watch(await server.token());
  await project.write({ "keywright.yaml": cortexCloudConfig(server.url, `file: ${TOKEN_FILE}`) });
  return { project, server };
}

/** As a consumer does it: the value is taken apart at its first colon. */
async function delivered(project: Project): Promise<{ readonly id: string; readonly key: string }> {
  const [value = ""] = (await project.secrets()).values();
  const [id = "", key = ""] = value.split(":");
  project.watch(key);
  return { id, key };
}

const ask = (server: Server, { id, key }: { readonly id: string; readonly key: string }): Promise<Response> =>
  fetch(`${server.url}/platform/iam/v1/api-key/${id}`, {
    headers: { "x-xdr-auth-id": id, authorization: key },
  });

const leaksOf = async (project: Project): Promise<readonly string[]> =>
  (await project.leaks()).filter((leak) => !leak.startsWith(TOKEN_FILE));

test("the whole way through the Cortex Cloud API: delivered as id and key, changed in place, rotated by expiry", async () => {
  const { project, server } = await tenantProject();
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  const first = await delivered(project);
  const answer = await ask(server, first);
  expect(answer.status).toBe(200);
  const { data } = (await answer.json()) as { readonly data: { readonly comment: string } };
  expect(data.comment).toMatch(/^Used by the scanner\. \[kw \S+\/scanner g1 \w{12}\]$/);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });

  await project.write({ "keys/scanner.yaml": manifest("Investigator") });
  const changed = await project.run(["apply", "--yes"]);
  expect(changed).toMatchObject({ code: 0 });
  expect(changed.out).not.toContain("retires at");
  expect(await delivered(project)).toEqual(first);
  expect(await (await ask(server, first)).json()).toMatchObject({ data: { roles: ["Investigator"] } });

  await project.write({ "keys/scanner.yaml": manifest("Investigator", "60d") });
  expect((await project.run(["apply", "--yes"])).out).toContain("retires at");
  const next = await delivered(project);
  expect(next.id).not.toBe(first.id);
  for (const each of [first, next]) expect((await ask(server, each)).status).toBe(200);
  expect(await project.run(["plan", "--exit-code"])).toMatchObject({ code: 0 });

  await project.write({ "keys/scanner.yaml": manifest("Viewer", "200d") });
  expect((await project.run(["plan"])).out).toContain("keys of this store live 180 days at most");
  expect(await leaksOf(project)).toEqual([]);
});
