import { expect, test } from "vitest";
import { createProject } from "./project.fixture.ts";
import { startServer } from "./server.fixture.ts";

test("whoever the IP allowlist has locked out gets in again by a command on the server's machine", async () => {
  const project = await createProject();
  const server = await startServer(project);
  const token = await server.token();
  project.watch(token);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = async () => (await fetch(`${server.url}/v1/store`, { headers })).status;
  const body = JSON.stringify({ entries: [{ address: "192.0.2.0/24", description: "\u00fcber" }] });
  const put = await fetch(`${server.url}/v1/ip-allowlist?force=true`, { method: "PUT", headers, body });
  expect([put.status, await ask()]).toEqual([200, 403]);
  const cleared = await project.run(["store", "clear-allowlist"]);
  expect(cleared).toMatchObject({
    code: 0,
    out:
      "Removed from the IP allowlist: 192.0.2.0/24\n" +
      "The IP allowlist is empty: every address may call the store.\n",
    err: "",
  });
  expect(await ask()).toBe(200);
  const elsewhere = await project.run(["store", "clear-allowlist", "--directory", "elsewhere"]);
  expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining("There is no key store in")]);
});

test("a trusted proxy that is no address is named", async () => {
  const project = await createProject();
  const { code, err } = await project.run(["serve", "--port", "0", "--trusted-proxy", "10.0.0.0/8", "nginx"]);
  expect([code, err]).toEqual([1, expect.stringContaining('--trusted-proxy "nginx" must be an IPv4')]);
});
