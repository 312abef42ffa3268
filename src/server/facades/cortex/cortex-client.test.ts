/**
 * A client that knows nothing of this program, written from the vendor's contract alone: a real connection, the
 * paging rules, and a create that is identified by listing before and after it.
 */

import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { Client } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestServer, openTestServer } from "../../server.fixture.ts";

interface Key {
  readonly cid: string;
  readonly createdDate: string;
  readonly last4: string;
  readonly name?: string;
  readonly description?: string;
}

let server: TestServer;
let client: Client;
beforeEach(async () => {
  server = await openTestServer();
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  client = new Client(`http://127.0.0.1:${portOf(server)}`);
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const portOf = ({ app }: TestServer): number => (app.server.address() as AddressInfo).port;

async function request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object) {
  const response = await client.request({
    method,
    path,
    // The content type is there with and without a body, as the vendor's own client sends it.
    headers: { authorization: `Bearer ${server.admin.reveal()}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
}

/** Ends at an empty page or the last one; a list with fewer keys than its total is no list. */
async function listAll(pageSize: number): Promise<ReadonlyMap<string, Key>> {
  const keys = new Map<string, Key>();
  for (let page = 0; ; page += 1) {
    const { status, text } = await request("GET", `/api/v1/auth/key?pageSize=${pageSize}&page=${page}`);
    if (status !== 200) throw new Error(text);
    const body = JSON.parse(text) as { apiKeys: Key[]; total: number; totalPages: number };
    for (const key of body.apiKeys) keys.set(key.cid, key);
    if (body.apiKeys.length === 0 || page + 1 >= body.totalPages) {
      if (keys.size < body.total) throw new Error("the read is not complete");
      return keys;
    }
  }
}

async function createAndIdentify(name: string, marker: string): Promise<{ cid: string; secret: string }> {
  const before = await listAll(2);
  const roles = [{ type: "DEFAULT", role: "ADMIN" }];
  const created = await request("POST", "/api/v1/auth/key", {
    name,
    description: `for tests ${marker}`,
    roles,
  });
  if (created.status !== 200) throw new Error(created.text);
  const { apiKey } = JSON.parse(created.text) as { apiKey: string };
  const after = await listAll(2);
  const found = [...after.values()].filter(
    ({ cid, description, last4 }) =>
      !before.has(cid) && description?.endsWith(marker) && last4 === apiKey.slice(-4),
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} keys could be the new one`);
  return { cid: found[0].cid, secret: apiKey };
}

test("a client finds the cid of each key that it makes, among others of the same name", async () => {
  for (let made = 0; made < 4; made += 1) await server.makeKey({ name: "worker" });
  const made = new Map<string, string>();
  for (const marker of ["[a]", "[b]", "[c]"]) {
    const { cid, secret } = await createAndIdentify("worker", marker);
    made.set(cid, secret);
  }
  expect(made.size).toBe(3);
  expect((await listAll(3)).size).toBe(8);
  for (const [cid, secret] of made) {
    const own = await client.request({
      method: "GET",
      path: `/api/v1/auth/key/${encodeURIComponent(cid)}`,
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(own.statusCode).toBe(200);
    expect(((await own.body.json()) as Key).last4).toBe(secret.slice(-4));
  }
});

test("a client renames and deletes its key; deleting it again says 404, which is success", async () => {
  const { cid } = await createAndIdentify("worker", "[a]");
  const path = `/api/v1/auth/key/${encodeURIComponent(cid)}`;
  const renamed = await request("PUT", path, { name: "renamed", description: "kept [a]" });
  expect(JSON.parse(renamed.text)).toMatchObject({ cid, name: "renamed", description: "kept [a]" });
  const deleted = await request("DELETE", path);
  expect([deleted.status, deleted.text]).toEqual([200, ""]);
  expect((await request("DELETE", path, {})).status).toBe(404);
  expect([...(await listAll(1)).keys()]).not.toContain(cid);
});

test("a client tells an ordinary error by its body and its request id", async () => {
  const { status, headers, text } = await request("POST", "/api/v1/auth/key", { name: "no roles" });
  expect([status, headers["content-type"]]).toEqual([400, "application/json; charset=utf-8"]);
  expect(JSON.parse(text)).toEqual({
    message: "The request is not valid",
    type: "BAD_REQUEST",
    details: "roles is required",
    requestId: expect.stringMatching(/./) as string,
    httpStatus: 400,
  });
});

test("A9: 400: two Authorization headers are refused, both good or not", async () => {
  const line = `authorization: Bearer ${server.admin.reveal()}\r\n`;
  const head = `GET /api/v1/auth/key?pageSize=1&page=0 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(portOf(server), "127.0.0.1", () => socket.write(`${head}${line}${line}\r\n`));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"type":"BAD_REQUEST"/);
});
