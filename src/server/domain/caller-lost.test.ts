import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Secret } from "../../core/secret.ts";
import { type TestServer, aNewKey, newSecret, openTestServer } from "../server.fixture.ts";

const ADMIN = { roles: [{ type: "default", role: "ADMIN" }] };
let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
  await server.app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

const BODIES = {
  "/v1/keys": () => aNewKey(newSecret(), ADMIN),
  "/api/v1/auth/key": () => ({ name: "Late", roles: [{ type: "DEFAULT", role: "ADMIN" }] }),
  "/public_api/v1/api_keys/generate": () => ({
    request_data: { roles: ["Instance Administrator"], security_level: "standard" },
  }),
} as const;
type Path = keyof typeof BODIES;

/** How many credentials were good so far. */
const admissions = (): number => server.context.attempts.counts.get("authentication valid") ?? 0;

/** Sends the head of a POST, does what is asked once it has been let in, then sends its body. Gives the status. */
async function postLate(path: Path, token: Secret, number: number, meanwhile: () => Promise<unknown>) {
  const body = JSON.stringify(BODIES[path]());
  const isCloud = path.startsWith("/public_api");
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    `authorization: ${isCloud ? "" : "Bearer "}${token.reveal()}`,
    `x-xdr-auth-id: ${number}`,
    "content-type: application/json",
    "idempotency-key: late",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    "",
  ].join("\r\n");
  const before = admissions();
  const socket = connect((server.app.server.address() as AddressInfo).port, "127.0.0.1");
  const answer = readAll(socket);
  socket.write(head);
  while (admissions() === before) await new Promise((turn) => setImmediate(turn));
  await meanwhile();
  socket.write(body);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await answer)?.[1]);
}

async function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

interface TestCaller {
  readonly id: string;
  readonly secret: Secret;
  readonly number: number;
}

async function makeCaller(roles: Readonly<Record<string, unknown>> = ADMIN): Promise<TestCaller> {
  const { id, secret } = await server.makeKey(roles);
  const row = await server.context.database
    .selectFrom("keys")
    .select("number")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return { id, secret, number: row.number };
}

test.each(Object.keys(BODIES) as Path[])(
  "A5: a key that is revoked between its request's head and body makes no key by %s",
  async (path) => {
    const { id, secret, number } = await makeCaller();
    const before = await countKeys();
    expect(await postLate(path, secret, number, () => server.call(`DELETE /v1/keys/${id}`))).toBe(401);
    expect(await countKeys()).toBe(before);
  },
);

test.each(Object.keys(BODIES) as Path[])(
  "A5: a key whose role is lowered between its request's head and body makes no key by %s",
  async (path) => {
    const permissions = (await server.call("GET /v1/permissions")).body["permissions"] as { name: string }[];
    const role = { displayName: "All", permissions: permissions.map(({ name }) => name) };
    await server.call("PUT /v1/roles/all", { body: role });
    const { secret, number } = await makeCaller({ roles: [{ type: "custom", tag: "all" }] });
    const lower = () =>
      server.call("PUT /v1/roles/all", { body: { displayName: "All", permissions: ["Edit API keys"] } });
    const before = await countKeys();
    expect(await postLate(path, secret, number, lower)).toBe(403);
    expect(await countKeys()).toBe(before);
  },
);

test("a change by somebody else between head and body takes nothing from the caller", async () => {
  const { secret, number } = await makeCaller();
  expect(await postLate("/v1/keys", secret, number, () => server.makeKey())).toBe(201);
});

async function countKeys(): Promise<number> {
  const { count } = await server.context.database
    .selectFrom("keys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}
