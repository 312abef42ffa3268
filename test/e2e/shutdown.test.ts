import { type Socket, connect } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { createProject } from "./project.fixture.ts";
import { type Server, startServer } from "./server.fixture.ts";

/** A request whose body has arrived by half, and all that will be heard. */
async function halfRequest(
  server: Server,
): Promise<{ readonly socket: Socket; readonly heard: Promise<string> }> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const heard = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
  const token = await server.token();
  socket.write(
    `POST /v1/verify HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
      'content-type: application/json\r\ncontent-length: 11\r\n\r\n{"key":',
  );
  // Answered on another connection: the first half is there.
  await fetch(`${server.url}/healthz`, { headers: { connection: "close" } });
  return { socket, heard };
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

async function untilRefused({ port }: Server): Promise<void> {
  while (await isTaken(port));
}

test("SIGTERM: the request under way gets its answer, what was gathered is kept, and the end is clean", async () => {
  const project = await createProject();
  const server = await startServer(project);
  const bad = { headers: { authorization: "Bearer kw_live_bad" } };
  expect((await fetch(`${server.url}/v1/store`, bad)).status).toBe(401);
  const { socket, heard } = await halfRequest(server);
  server.kill("SIGTERM");
  await untilRefused(server);
  socket.write('"x"}');
  expect(await heard).toMatch(/^HTTP\/1\.1 200 [^]*"reason":"malformed"/);
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  const next = await startServer(project);
  const headers = { authorization: `Bearer ${await next.token()}` };
  const log = await fetch(`${next.url}/v1/audit-log?action=AUTHENTICATION_FAILED,VERIFICATION_FAILED`, {
    headers,
  });
  const { entries } = (await log.json()) as { entries: readonly { readonly action: string }[] };
  expect(entries.map(({ action }) => action).toSorted()).toEqual([
    "AUTHENTICATION_FAILED",
    "VERIFICATION_FAILED",
  ]);
  next.kill("SIGTERM");
  const ended = await next.ended;
  expect(ended.code).toBe(0);
  expect(ended.err).toContain("GET /v1/audit-log 200");
  expect(ended.out + ended.err).not.toContain((await server.token()).slice(8, 32));
});

test("a second SIGTERM ends the server at once", async () => {
  const server = await startServer(await createProject());
  const { heard } = await halfRequest(server);
  server.kill("SIGTERM");
  await untilRefused(server);
  server.kill("SIGTERM");
  expect(await heard).toBe("");
  expect(await server.ended).toMatchObject({ code: 143 });
});
