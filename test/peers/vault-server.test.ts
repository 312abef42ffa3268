/** The server that stands in for Vault enforces what the tests of the sink rely on, and its description has teeth. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { descriptionFaults } from "./vault-description.fixture.ts";
import { startVault, type VaultServer } from "./vault-server.fixture.ts";
import { openVendorCheck } from "./vault-vendor.fixture.ts";

let vault: VaultServer;
let root: string;

beforeEach(async () => {
  vault = await startVault();
  root = vault.namespace().access.issue(["root"]).id;
});
afterEach(() => vault.close());

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${vault.url}/v1/${path}`, {
    method,
    headers: { "x-vault-token": root, "x-vault-request": "true", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

const write = (cas: number | undefined, data: object = { a: "1" }) =>
  ask("POST", "kv/data/x", { data, ...(cas !== undefined && { options: { cas } }) });

test("a write with check-and-set takes effect on the version that it names, and on no other", async () => {
  expect((await write(1)).status).toBe(400);
  expect((await write(0)).body.data.version).toBe(1);
  expect((await write(0)).body.errors).toEqual(["check-and-set parameter did not match the current version"]);
  expect((await write(1)).body.data.version).toBe(2);
  expect((await write(undefined)).body.data.version).toBe(3);
  expect((await ask("GET", "kv/data/x")).body.data).toMatchObject({
    data: { a: "1" },
    metadata: { version: 3 },
  });
});

test("what is deleted or destroyed is a 404 with its version, what is erased one without", async () => {
  await write(0);
  expect((await ask("GET", "kv/data/none")).body).toEqual({ errors: [] });
  await ask("DELETE", "kv/data/x");
  const gone = await ask("GET", "kv/data/x");
  expect([gone.status, gone.body.data.data, gone.body.data.metadata.version]).toEqual([404, null, 1]);
  expect((await write(0)).status).toBe(400);
  expect((await write(1)).status).toBe(200);
  await ask("POST", "kv/destroy/x", { versions: [2] });
  expect((await ask("GET", "kv/data/x")).body.data.metadata).toMatchObject({ destroyed: true, version: 2 });
  await ask("DELETE", "kv/metadata/x");
  expect((await ask("GET", "kv/data/x")).body).toEqual({ errors: [] });
  expect((await write(0)).body.data.version).toBe(1);
});

test("numbers stay as they are written, and signs of HTML are escaped as Go does", async () => {
  const data = '{"data":{"n":12345678901234567890,"s":"<&>"}}';
  const headers = { "x-vault-token": root, "x-vault-request": "true" };
  await fetch(`${vault.url}/v1/kv/data/x`, { method: "POST", headers, body: data });
  const answer = await fetch(`${vault.url}/v1/kv/data/x`, { headers });
  expect(await answer.text()).toContain(
    String.raw`"data":{"n":12345678901234567890,"s":"\u003c\u0026\u003e"}`,
  );
});

test("a policy allows what it says: creating is not updating, the best rule counts, deny wins", async () => {
  const { access } = vault.namespace();
  access.policies.set("p", {
    "kv/data/*": ["read"],
    "kv/data/new/*": ["create"],
    "kv/data/+/deep": ["update", "read"],
    "kv/data/no": ["read", "deny"],
  });
  const token = access.issue(["p"]);
  const may = (path: string) => access.capabilities(token, path);
  expect([
    may("kv/data/a"),
    may("kv/data/new/a"),
    may("kv/data/a/deep"),
    may("kv/data/no"),
    may("b"),
  ]).toEqual([["read"], ["create"], ["read", "update"], ["deny"], ["deny"]]);
  root = token.id;
  expect((await ask("POST", "kv/data/new/a", { data: {} })).status).toBe(200);
  expect((await ask("POST", "kv/data/new/a", { data: {} })).status).toBe(403);
});

test("a token ends, and is none in another namespace", async () => {
  let now = Date.now();
  const other = await startVault(() => new Date(now));
  const token = other.namespace().access.issue(["default"], 60).id;
  const status = async (namespace = ""): Promise<number> => {
    const headers = { "x-vault-token": token, "x-vault-request": "true", "x-vault-namespace": namespace };
    return (await fetch(`${other.url}/v1/auth/token/lookup-self`, { headers })).status;
  };
  expect([await status(), await status("team")]).toEqual([200, 403]);
  now += 60_000;
  expect(await status()).toBe(403);
  await other.close();
});

test("what the description does not know is a fault", async () => {
  await ask("POST", "kv/data/x", { data: {}, options: { cas: 0, other: 1 } });
  await ask("GET", "kv/data/x", undefined, { "x-vault-request": "no" });
  await ask("GET", "sys/seal-status");
  const faults = vault.takeFaults().join("\n");
  expect(faults).toContain("the request POST /kv/data/x: /options must NOT have additional properties");
  expect(faults).toContain("GET /kv/data/x: no X-Vault-Request");
  expect(faults).toContain("GET /sys/seal-status is no operation");
  expect(vault.takeFaults()).toEqual([]);
  const good = { method: "DELETE", path: "/kv/metadata/x", body: undefined, status: 204, answer: undefined };
  expect(descriptionFaults(good)).toEqual([]);
  expect(descriptionFaults({ ...good, status: 200 })).toHaveLength(1);
});

const vendor = openVendorCheck();
if (!vendor)
  console.warn("Not compared with the vendor's description of Vault: VAULT_OPENAPI names no file.");

test.skipIf(!vendor)("the vendor's description agrees, and has teeth too", () => {
  const write = { method: "POST", path: "/kv/data/x", status: 200, answer: { data: { version: 1 } } };
  const body = { data: { a: "1" }, options: { cas: 0 } };
  expect(vendor?.({ ...write, body })).toEqual([]);
  expect(vendor?.({ ...write, body: { ...body, cas: 0 } })).toEqual([
    "POST /{kv_v2_mount_path}/data/{path}, sent:  must NOT have additional properties (cas)",
  ]);
  expect(vendor?.({ ...write, body, answer: { data: { version: "1" } } })).toHaveLength(1);
  expect(vendor?.({ ...write, body, path: "/kv/nothing/x" })).toHaveLength(1);
});
