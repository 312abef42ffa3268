/** The main job on Cortex Cloud: a credential of two parts, roles in place, compulsory expiry. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
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

/** As a person makes one in the console: its value is nowhere in the project. */
async function makeKey(project: Project, server: Server, comment: string): Promise<void> {
  const request_data = { roles: ["Viewer"], security_level: "standard", comment };
  const answer = await fetch(`${server.url}/public_api/v1/api_keys/generate`, {
    method: "POST",
    headers: {
      "x-xdr-auth-id": "1",
      authorization: await server.token(),
      "content-type": "application/json",
    },
    body: JSON.stringify({ request_data }),
  });
  const { reply } = (await answer.json()) as { readonly reply: { readonly key: string } };
  project.watch(reply.key);
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
  await project.write({ "keys/scanner.yaml": manifest("Instance Administrator") });
  const beyond = await project.run(["plan"]);
  expect(beyond.out).toContain("this store gives no key the role Instance Administrator");
  expect(beyond.out).toContain("hint: use ");
  expect(await leaksOf(project)).toEqual([]);
});

test("keys that are there are imported and adopted with the scope that they have", async () => {
  const { project, server } = await tenantProject();
  await project.write({ "keys/scanner.yaml": null });
  await makeKey(project, server, "SOAR connector");
  await makeKey(project, server, "Nightly scan");
  const imported = await project.run(["import", "--only", "*[Ss]*"]);
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.out).toContain("keys/imported/soar-connector.yaml");
  expect(await project.read("keys/imported/soar-connector.yaml")).toContain("mode: no_scope");
  const plan = await project.run(["plan", "--exit-code"]);
  expect(plan).toMatchObject({ code: 2 });
  expect(plan.out).toContain("2 to adopt, 0 to rotate, 0 to update, 0 to revoke");
  expect(plan.out).not.toContain("scope");
  expect(await project.run(["apply", "--yes"])).toMatchObject({ code: 0 });
  expect((await project.run(["plan", "--exit-code"])).code).toBe(0);
  expect(await leaksOf(project)).toEqual([]);
});

const rolelessKey = (id: number) => ({
  id,
  creation_time: 0,
  roles: null,
  security_level: "standard",
  comment: "SOAR",
});

/** A tenant with keys whose roles are gone. */
async function startBareTenant(): Promise<string> {
  const listing = { reply: { DATA: [rolelessKey(2), rolelessKey(3)], FILTER_COUNT: 2, TOTAL_COUNT: 2 } };
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const isListing = request.url?.endsWith("/get_api_keys") ?? false;
    response.end(JSON.stringify(isListing ? listing : { data: request.url?.endsWith("/role") ? [] : {} }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an import fails when keys are there and no manifest can declare any; the reason is told once", async () => {
  const project = await createProject({ token: "x".repeat(20) });
  await project.write({ "keywright.yaml": cortexCloudConfig(await startBareTenant(), "file: token") });
  const refused = await project.run(["import", "--stdout"]);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.out.match(/no manifest can declare it: .*roles/g)).toHaveLength(1);
  expect(refused.out).toContain('2 "SOAR"');
  expect(refused.out).toContain('3 "SOAR"');
});
